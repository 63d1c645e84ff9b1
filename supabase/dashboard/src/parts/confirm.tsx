import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../client.ts";

interface ConfirmProps {
  title: string;
  /** On the button that does it: a verb and its object. */
  verb: string;
  danger?: boolean;
  /** Whether there is nothing to do, or not yet. */
  disabled?: boolean;
  /** What it will do, as far as can be said before. */
  children: ComponentChildren;
  /** Does it and resolves to what came of it, in words. */
  act(): Promise<string>;
  close(): void;
}

/**
 * Asks before anything is done, then says what came of it or why it could not be done. The browser's own dialog: Escape
 * closes it, and the keyboard goes back to where it was.
 */
export function Confirm({ title, verb, danger = false, disabled = false, children, act, close }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const closing = useRef<HTMLButtonElement>(null);
  const [state, setState] = useState<"asking" | "doing" | "done">("asking");
  const [said, setSaid] = useState<{ text: string; wrong: boolean }>();
  useEffect(() => dialog.current?.showModal(), []);
  useLayoutEffect(() => void (state === "done" && closing.current?.focus()), [state]);
  const confirm = async (event: SubmitEvent) => {
    event.preventDefault();
    setState("doing");
    setSaid(undefined);
    try {
      setSaid({ text: await act(), wrong: false });
      setState("done");
    } catch (error) {
      setSaid({ text: describe(error), wrong: true });
      setState("asking");
    }
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="confirm-title">
      <form noValidate onSubmit={confirm}>
        <h2 id="confirm-title">{title}</h2>
        {state !== "done" && children}
        <div role="status">{said && <p class={said.wrong ? "wrong" : "right"}>{said.text}</p>}</div>
        <footer>
          <button type="button" ref={closing} onClick={() => dialog.current?.close()}>
            {state === "done" ? "Close" : "Cancel"}
          </button>
          {state !== "done" && (
            <button type="submit" class={danger ? "danger" : "main"} disabled={disabled || state === "doing"}>
              {state === "doing" ? "Working…" : verb}
            </button>
          )}
        </footer>
      </form>
    </dialog>
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ApiError && error.hint ? `${error.message}. ${error.hint}` : error.message;
}
