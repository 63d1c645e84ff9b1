import type { Night } from "./night.ts";

/** Something that goes wrong at night. */
export interface NightFault {
  /** As the first column of the table in docs/troubleshooting.md. */
  what: string;
  /** It happens, and time goes by. */
  happen(night: Night): Promise<void>;
  /** What a person does in the morning; nothing where it mends itself. What the page gives to be run is run before. */
  mend?(night: Night): Promise<unknown> | void;
  /** Whether what the page gives to be run is not what a person would choose here. */
  waits?: boolean;
  /** Ticks until all is well again. */
  ticks?: number;
  /** What names the cause, and what names what mends it, in the reason that alert, verdict, status and page share. */
  cause: RegExp;
  fix: RegExp;
  /** Why it cannot be made on this machine. */
  skip?(): string | undefined;
}
