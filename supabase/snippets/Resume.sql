select resume_sync();
