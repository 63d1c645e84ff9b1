import type { Check } from "../../../supabase/tools/doctor/check.ts";
import type { Patient, StandIn } from "./patient.ts";

/** Something that is set up wrong, and what the doctor has to say of it. */
export interface Fault {
  what: string;
  /** Statements as the superuser, or more. */
  seed: string | ((patient: Patient) => Promise<unknown> | void);
  line: string;
  state?: Check["state"];
  detail: RegExp;
  /** What stands in for the platform, or for a hand, where the fix cannot run on this machine. */
  standIn?: StandIn;
  /** Other lines that the same fault makes fail, and whose own fixes are run after. */
  also?: string[];
  tidy?: (patient: Patient) => Promise<unknown> | void;
}

/** Changes one of Vault's secrets, whatever it is. */
export function vault(name: string, change: string): string {
  return `select vault.update_secret((select id from vault.secrets where name = '${name}'), ${change})`;
}
