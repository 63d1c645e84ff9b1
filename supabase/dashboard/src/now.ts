import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

/** The database's clock, in milliseconds: a viewer's own may be wrong, and every age on the page comes from this one. */
export const Now = createContext(Date.now());

export function useNow(): number {
  return useContext(Now);
}

/** Ticks every second, from what the database last said its time was; `at` is when it said so. */
export function useClock(databaseNow: string | undefined, at: number | undefined): number {
  const [own, setOwn] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setOwn(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (databaseNow === undefined || at === undefined) return own;
  return new Date(databaseNow).getTime() + Math.max(0, own - at);
}
