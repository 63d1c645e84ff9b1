import { FAULTS_OF_INSTALLATION } from "./doctor/faults_of_installation.ts";
import { testFaults } from "./doctor/test_faults.ts";

testFaults("the installation", FAULTS_OF_INSTALLATION);
