import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface ConfirmProps {
  title: string;
  /** On the button that does it: a verb and its object. */
  verb: string;
  danger?: boolean;
  /** What it will do, as far as can be said before. */
  children: ComponentChildren;
  /** Does it and resolves to what came of it, in words. */
  act(): Promise<string>;
  close(): void;
}

/** Asks before anything is done, then says what came of it or why it could not be done. The browser's own dialog: Escape closes it. */
export function Confirm({ title, verb, danger = false, children, act, close }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<"asking" | "doing" | "done">("asking");
  const [said, setSaid] = useState<{ text: string; wrong: boolean }>();
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async () => {
    setState("doing");
    try {
      setSaid({ text: await act(), wrong: false });
      setState("done");
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), wrong: true });
      setState("asking");
    }
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="confirm-title">
      <h2 id="confirm-title">{title}</h2>
      {state !== "done" && <div>{children}</div>}
      <div role="status">{said && <p class={said.wrong ? "wrong" : "right"}>{said.text}</p>}</div>
      <footer>
        <button type="button" onClick={() => dialog.current?.close()}>{state === "done" ? "Close" : "Cancel"}</button>
        {state !== "done" && (
          <button type="button" class={danger ? "danger" : "main"} disabled={state === "doing"} onClick={confirm}>
            {state === "doing" ? "Working…" : verb}
          </button>
        )}
      </footer>
    </dialog>
  );
}
