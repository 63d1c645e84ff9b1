// What is used of cli-progress, which comes without types.
export interface BarStyle {
  barsize: number;
  barCompleteString: string;
  barIncompleteString: string;
  barGlue: string;
}

export interface SingleBarOptions {
  stream: unknown;
  format: (options: unknown, params: unknown, payload: { text: string; share: number | null }) => string;
  hideCursor: boolean;
  linewrap: boolean;
  gracefulExit: boolean;
  noTTYOutput: boolean;
  notTTYSchedule: number;
}

export class SingleBar {
  constructor(options: SingleBarOptions);
  start(total: number, value: number, payload: { text: string; share: number | null }): void;
  update(value: number, payload: { text: string; share: number | null }): void;
  stop(): void;
}

export const Format: { BarFormat(share: number, style: BarStyle): string };
