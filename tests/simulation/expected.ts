/** What must happen at least once over the seeds. */
export const EXPECTED: readonly string[] = [];
