/** One thing to do. Steps are done in their order, as they are printed. */
export type Step =
  /** As the owner of the schema: through DB_URL, or in Studio's SQL editor. */
  | { sql: string }
  /** In the folder of this repository. "$NAME" stands for what nobody but the reader knows. */
  | { shell: string }
  /** What no command does. */
  | { hand: string };

/** One line of the doctor's. */
export interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  detail: string;
  /** What mends it. */
  fix?: Step[];
}

export function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

export function warn(name: string, detail: string, ...fix: Step[]): Check {
  return { name, state: "warn", detail, fix };
}

export function fail(name: string, detail: string, ...fix: Step[]): Check {
  return { name, state: "fail", detail, fix };
}
