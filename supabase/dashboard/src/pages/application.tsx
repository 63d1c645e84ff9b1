import type { PageProps } from "../page_props.ts";

export function ApplicationPage({ application }: PageProps & { application: string }) {
  return <h1>Application {application}</h1>;
}
