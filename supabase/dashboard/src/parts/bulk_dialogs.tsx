import { useEffect, useState } from "preact/hooks";
import type { Api, Choice, Preview } from "../api.ts";
import { addUpPreviews, inChunks } from "../bulk.ts";
import { formatCount, formatNumber } from "../format.ts";
import { Confirm } from "./confirm.tsx";

interface DialogProps {
  api: Api;
  close(): void;
  /** Called when something was done, also if it did not go to its end. */
  done(): void;
}

/** Says what a retry would take before it takes it. */
export function RetryDialog({ api, choice, close, done }: DialogProps & { choice: Choice }) {
  const { applications } = choice;
  const { preview, wrong } = usePreview(() =>
    applications
      ? inChunks(applications, (chunk) => api.retryPreview({ applications: chunk }))
        .then((all) => addUpPreviews(all, (count) => `${are(count)} fetched by the next sync.`))
      : api.retryPreview(choice)
  );
  const act = async () => {
    try {
      if (!applications) return (await api.retry(choice)).message;
      const answers = await inChunks(applications, (chunk) => api.retry({ applications: chunk }));
      if (answers.length === 1) return answers[0]!.message;
      return `${are(answers.reduce((sum, answer) => sum + answer.applications, 0))} fetched by the next sync.`;
    } finally {
      done();
    }
  };
  return (
    <Confirm title="Try again?" verb="Try again" disabled={!preview?.applications} act={act} close={close}>
      <PreviewWords preview={preview} wrong={wrong} />
      <p class="faint">Each gets all its attempts again, and what OCC answers next is stored whatever its date.</p>
    </Confirm>
  );
}

/** Says what would leave the queue, and asks why. */
export function ForgetDialog({ api, applications, close, done }: DialogProps & { applications: string[] }) {
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const { preview, wrong } = usePreview(() =>
    inChunks(applications, (chunk) => api.forgetPreview(chunk)).then((all) =>
      addUpPreviews(all, (count) => `${formatCount(count, "application comes", "applications come")} off the queue.`)
    )
  );
  const act = async () => {
    setMissing(reason.trim() === "");
    if (reason.trim() === "") throw new Error("Say why: the reason is kept in the log of actions.");
    try {
      const answers = await inChunks(applications, (chunk) => api.forget(chunk, reason.trim()));
      if (answers.length === 1) return answers[0]!.message;
      return `${are(answers.reduce((sum, answer) => sum + answer.applications, 0))} off the queue.`;
    } finally {
      done();
    }
  };
  const title = applications.length === 1
    ? `Forget ${applications[0]}?`
    : `Forget ${formatNumber(applications.length)}?`;
  return (
    <Confirm title={title} verb="Forget" danger disabled={!preview?.applications} act={act} close={close}>
      <PreviewWords preview={preview} wrong={wrong} />
      <p class="faint">
        Nothing asks OCC for {applications.length === 1 ? "it" : "them"} any more, until the list names{" "}
        {applications.length === 1 ? "it" : "them"}{" "}
        anew or somebody asks by number. The reason is kept in the log of actions.
      </p>
      <label>
        Why
        <input
          value={reason}
          aria-invalid={missing}
          maxLength={1000}
          onInput={(event) => setReason(event.currentTarget.value)}
          placeholder="a wrong number"
        />
      </label>
    </Confirm>
  );
}

function are(count: number): string {
  return formatCount(count, "application is", "applications are");
}

function usePreview(load: () => Promise<Preview>): { preview?: Preview; wrong?: string } {
  const [state, setState] = useState<{ preview?: Preview; wrong?: string }>({});
  useEffect(() => {
    load().then((preview) => setState({ preview }), (error: Error) => setState({ wrong: error.message }));
  }, []);
  return state;
}

function PreviewWords({ preview, wrong }: { preview?: Preview | undefined; wrong?: string | undefined }) {
  if (wrong) return <p class="wrong" role="alert">{wrong}</p>;
  if (!preview) return <p class="faint" role="status">Looking what it would take…</p>;
  const { message, applications, by_state = {}, examples = [] } = preview;
  const states = Object.entries(by_state);
  return (
    <div class="preview" role="status">
      <p>
        <strong>{message}</strong>
      </p>
      {states.length > 0 && (
        <p class="faint">{states.map(([state, count]) => `${formatNumber(count)} ${state}`).join(", ")}</p>
      )}
      {examples.length > 0 && <p class="faint">{examples.join(", ")}{applications > examples.length && ", …"}</p>}
    </div>
  );
}
