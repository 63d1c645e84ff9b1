import type { PageProps } from "../page_props.ts";

export function RunsPage({ overview }: PageProps) {
  return <h1>Runs {overview.verdict}</h1>;
}
