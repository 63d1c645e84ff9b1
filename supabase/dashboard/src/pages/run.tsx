import type { PageProps } from "../page_props.ts";

export function RunPage({ run }: PageProps & { run: string }) {
  return <h1>Run {run}</h1>;
}
