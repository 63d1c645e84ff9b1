import type { Fault } from "./fault.ts";
import { FAULTS_OF_ACCESS } from "./faults_of_access.ts";
import { FAULTS_OF_CONNECTION, FAULTS_OF_FUNCTION } from "./faults_of_function.ts";
import { FAULTS_OF_HEALTH } from "./faults_of_health.ts";
import { FAULTS_OF_INSTALLATION } from "./faults_of_installation.ts";
import { FAULTS_OF_SECRETS } from "./faults_of_secrets.ts";

/** All of them, in the order of docs/doctor.md. */
export const FAULTS: Fault[] = [
  ...FAULTS_OF_SECRETS,
  ...FAULTS_OF_ACCESS,
  ...FAULTS_OF_FUNCTION,
  ...FAULTS_OF_CONNECTION,
  ...FAULTS_OF_INSTALLATION,
  ...FAULTS_OF_HEALTH,
];
