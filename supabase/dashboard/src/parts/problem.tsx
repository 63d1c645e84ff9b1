import type { ComponentChildren } from "preact";

/** What is wrong and what mends it, in the place of what cannot be shown. */
export function Problem({ title, text, children }: { title: string; text?: string; children?: ComponentChildren }) {
  return (
    <section class="problem" role="alert">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </section>
  );
}
