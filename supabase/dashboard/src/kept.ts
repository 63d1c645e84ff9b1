import { useRef } from "preact/hooks";
import type { Polled } from "./poll.ts";

/** Until the next answer is there the one before stays, so that nothing jumps while a filter changes. */
export function useKept<Value>(polled: Polled<Value>): Polled<Value> & { busy: boolean } {
  const before = useRef<Value | undefined>(undefined);
  if (polled.value !== undefined) before.current = polled.value;
  const busy = polled.value === undefined && polled.error === undefined;
  return { ...polled, value: polled.value ?? (busy ? before.current : undefined), busy };
}
