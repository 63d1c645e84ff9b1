import { FAULTS_OF_ACCESS } from "./doctor/faults_of_access.ts";
import { FAULTS_OF_SECRETS } from "./doctor/faults_of_secrets.ts";
import { testFaults } from "./doctor/test_faults.ts";

testFaults("secrets and of access", [...FAULTS_OF_SECRETS, ...FAULTS_OF_ACCESS]);
