import type postgres from "postgres";
import type { Expected } from "./read_migrations.ts";

/** What is looked at, and what is known of it. */
export interface Subject {
  sql: postgres.Sql;
  expected: Expected;
  /** The project's API as the caller gave it, or as DB_URL names it. */
  apiUrl: string | undefined;
  /** The project's reference on the platform. */
  ref: string | undefined;
  /** Settings of the function, and the file they are in. */
  functionEnv: Record<string, string>;
  envFile: string | undefined;
  now: number;
}

/** The reference of a hosted project: from its API's host, or from its database's. */
export function findRef(apiUrl: string | undefined, dbUrl: string | undefined): string | undefined {
  const host = URL.parse(apiUrl ?? "")?.hostname ?? "";
  const database = URL.parse(dbUrl ?? "");
  return /^([a-z0-9]{20})\.supabase\.(?:co|in)$/.exec(host)?.[1] ??
    /^db\.([a-z0-9]{20})\.supabase\.(?:co|in)$/.exec(database?.hostname ?? "")?.[1] ??
    /^postgres\.([a-z0-9]{20})$/.exec(database?.username ?? "")?.[1];
}

/** SQLSTATE or what else names an error without a value of anybody's. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "no code";
}

/** Scheme and host of a URL: what may be printed. */
export function originOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.protocol}//${parsed.host}` : "no URL";
}
