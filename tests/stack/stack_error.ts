/** The stack cannot do what was asked; the message says what happened and how to fix it, so no trace is shown. */
export class StackError extends Error {
  override name = "StackError";
}
