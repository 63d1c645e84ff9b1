/** Seeds that failed once, each with what it had found. They are played first. */
export const CORPUS: readonly { seed: number; profile: string; found: string }[] = [];
