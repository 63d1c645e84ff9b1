-- Put the fingerprint here, as "Failures by cause" has it.
select retry(fingerprint => 'Cannot fetch application: …');
