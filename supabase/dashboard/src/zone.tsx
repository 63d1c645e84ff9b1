import { type ComponentChildren, createContext } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";

/** In which zone times are shown: the viewer's own, or UTC, as logs have them. */
export interface Zone {
  utc: boolean;
  toggle(): void;
}

const Context = createContext<Zone>({ utc: false, toggle: () => {} });
const KEY = "sync-dashboard:utc";

/** A viewer's habit, not the page's state: it is kept in the browser, not in the address. */
export function ZoneProvider({ children }: { children: ComponentChildren }) {
  const [utc, setUtc] = useState(() => read() === "yes");
  const zone = useMemo(() => ({
    utc,
    toggle: () =>
      setUtc((before) => {
        write(before ? "no" : "yes");
        return !before;
      }),
  }), [utc]);
  return <Context.Provider value={zone}>{children}</Context.Provider>;
}

export function useZone(): Zone {
  return useContext(Context);
}

// A browser may refuse its storage: then the choice lasts as long as the page.
function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // As above.
  }
}
