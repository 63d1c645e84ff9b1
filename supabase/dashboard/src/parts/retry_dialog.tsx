import { useEffect, useState } from "preact/hooks";
import type { Api, Choice, Preview } from "../api.ts";
import { Confirm } from "./confirm.tsx";

interface DialogProps {
  api: Api;
  close(): void;
  done(): void;
}

/** Says what a retry would take before it takes it. */
export function RetryDialog({ api, choice, close, done }: DialogProps & { choice: Choice }) {
  const preview = usePreview(() => api.retryPreview(choice));
  const act = async () => {
    const { message } = await api.retry(choice);
    done();
    return message;
  };
  return (
    <Confirm title="Try again?" verb="Try again" act={act} close={close}>
      <PreviewWords {...preview} />
      <p>Each gets all its attempts again, and what OCC answers next is stored whatever its date.</p>
    </Confirm>
  );
}

/** Says what would leave the queue, and asks why. */
export function ForgetDialog({ api, applications, close, done }: DialogProps & { applications: string[] }) {
  const [reason, setReason] = useState("");
  const preview = usePreview(() => api.forgetPreview(applications));
  const act = async () => {
    if (reason.trim() === "") throw new Error("Say why: the reason is kept in the log of actions.");
    const { message } = await api.forget(applications, reason.trim());
    done();
    return message;
  };
  return (
    <Confirm title="Forget them?" verb="Forget" danger act={act} close={close}>
      <PreviewWords {...preview} />
      <p>They leave the queue and are not asked for any more, until OCC lists them again. A stored row stays.</p>
      <label>
        Why
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} placeholder="a wrong number" />
      </label>
    </Confirm>
  );
}

function usePreview(load: () => Promise<Preview>): { preview?: Preview; wrong?: string } {
  const [state, setState] = useState<{ preview?: Preview; wrong?: string }>({});
  useEffect(() => {
    load().then((preview) => setState({ preview }), (error: Error) => setState({ wrong: error.message }));
  }, []);
  return state;
}

function PreviewWords({ preview, wrong }: { preview?: Preview; wrong?: string }) {
  if (wrong) return <p class="wrong">{wrong}</p>;
  if (!preview) return <p class="faint" role="status">Looking what it would take…</p>;
  const examples = preview.examples ?? [];
  return (
    <p>
      {preview.message}
      {examples.length > 0 && (
        <span class="faint">{examples.join(", ")}{preview.applications > examples.length && ", …"}</span>
      )}
    </p>
  );
}
