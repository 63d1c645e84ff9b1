import type { PageProps } from "../page_props.ts";

export function OverviewPage({ overview }: PageProps) {
  return <h1>Overview {overview.verdict}</h1>;
}
