import type { PageProps } from "../page_props.ts";

export function NotCurrentPage({ overview }: PageProps) {
  return <h1>NotCurrent {overview.verdict}</h1>;
}
