import type { ComponentChildren } from "preact";

interface ProblemProps {
  title: string;
  text?: string;
  /** Whether it is all there is on the page. */
  alone?: boolean;
  children?: ComponentChildren;
}

/** What is wrong and what mends it, in the place of what cannot be shown. */
export function Problem({ title, text, alone = false, children }: ProblemProps) {
  const Heading = alone ? "h1" : "h2";
  return (
    <section class="problem" role="alert">
      <Heading>{title}</Heading>
      {text && <p>{text}</p>}
      {children}
    </section>
  );
}
