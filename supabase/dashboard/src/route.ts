import { useEffect, useState } from "preact/hooks";

/** Where the page is: a path and what was chosen there. It lives in the hash, so that any static host can serve it. */
export interface Route {
  /** Such as `["runs", "<id>"]`; empty is the overview. */
  path: string[];
  query: Record<string, string>;
}

/** `#/not-current?state=failed` and back; what cannot be decoded is no part of it. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter((part) => part !== "").map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** Empty and undefined choices are left out: what is not chosen does not stand in the address. */
export function formatRoute(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const chosen = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  const search = new URLSearchParams(chosen).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return parseRoute(hash);
}

/** Goes there; `replace` for what is no step of its own, such as each letter of a search. */
export function go(path: readonly string[], query?: Record<string, string | undefined>, replace = false): void {
  const hash = formatRoute(path, query);
  if (hash === location.hash) return;
  if (!replace) return void (location.hash = hash);
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
