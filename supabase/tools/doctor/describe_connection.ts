import { type Check, fail } from "./check.ts";
import { shell } from "./steps.ts";
import { codeOf } from "./subject.ts";

/** Why a database cannot be reached. Host and role are named, a password never. */
export function describeConnection(url: string, error: unknown): Check {
  const name = "database";
  const another = shell('export DB_URL="$SESSION_POOLER_URL"');
  const parsed = URL.parse(url);
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    return fail(name, "DB_URL is no connection string such as postgresql://postgres@host:5432/postgres", another);
  }
  const place = `${parsed.hostname}:${parsed.port || "5432"}`;
  const code = codeOf(error);
  switch (code) {
    case "28P01":
    case "28000": {
      parsed.searchParams.delete("password");
      const path = `${parsed.host}${parsed.pathname}${parsed.search}`;
      // Not in the URL: that is in the list of processes of whatever the fixes below hand it to.
      const withoutPassword = shell(`export DB_URL="${parsed.protocol}//${parsed.username}@${path}"`);
      const password = shell('export PGPASSWORD="$DB_PASSWORD"');
      return fail(name, `${place} refuses the role or its password (${code})`, withoutPassword, password);
    }
    case "3D000":
      return fail(name, `${place} has no database of that name (${code})`, another);
    case "ECONNREFUSED":
      return fail(
        name,
        `nobody answers at ${place}; Dashboard, Connect, Session pooler has a string that does`,
        another,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "CONNECT_TIMEOUT":
      return fail(
        name,
        `${place} cannot be reached (${code}); a direct host has IPv6 only, the session pooler's has not`,
        another,
      );
    default:
      return fail(name, `cannot be read at ${place} (${code})`, another);
  }
}
