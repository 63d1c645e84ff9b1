/** One line of the doctor's. */
export interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  detail: string;
  /** The command that mends it. */
  fix?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

export function warn(name: string, detail: string, fix: string): Check {
  return { name, state: "warn", detail, fix };
}

export function fail(name: string, detail: string, fix: string): Check {
  return { name, state: "fail", detail, fix };
}
