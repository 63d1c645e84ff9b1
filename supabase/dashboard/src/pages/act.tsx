import type { PageProps } from "../page_props.ts";

export function ActPage({ overview }: PageProps) {
  return <h1>Act {overview.verdict}</h1>;
}
