import type { PageProps } from "../page_props.ts";

export function NumbersPage({ overview }: PageProps) {
  return <h1>Numbers {overview.verdict}</h1>;
}
