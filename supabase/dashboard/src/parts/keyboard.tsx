import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../route.ts";
import { readShortcut, SHORTCUTS } from "../shortcuts.ts";
import { useZone } from "../zone.tsx";

/** So long `g` waits for the letter that says where to. */
const WAIT_MS = 1_500;

/** At the foot of each page: whose time it shows, and what the keyboard can do; listens for it too. */
export function Foot() {
  const [help, setHelp] = useState(false);
  const { utc, toggle } = useZone();
  useShortcuts(() => setHelp(true), toggle);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <footer class="foot">
        <span>{utc ? `Times are in UTC; charts keep those of ${zone}.` : `Times are those of ${zone}.`}</span>
        <button type="button" class="quiet" aria-pressed={utc} onClick={toggle}>Show UTC</button>
        <button type="button" class="quiet end" onClick={() => setHelp(true)}>Keyboard shortcuts</button>
      </footer>
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

function Help({ close }: { close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="shortcuts">
      <h2 id="shortcuts">Keyboard shortcuts</h2>
      <dl class="shortcuts">
        {SHORTCUTS.map(({ keys, words }) => (
          <div key={words}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <div class="row">
        <button type="button" class="end" onClick={() => dialog.current?.close()}>Close</button>
      </div>
    </dialog>
  );
}

function useShortcuts(help: () => void, zone: () => void): void {
  const latest = useRef({ help, zone });
  latest.current = { help, zone };
  useEffect(() => {
    let before: { key: string; at: number } | undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const after = before && event.timeStamp - before.at < WAIT_MS ? before.key : undefined;
      before = { key: event.key, at: event.timeStamp };
      const shortcut = readShortcut(event, after);
      if (!shortcut) return;
      event.preventDefault();
      if (shortcut === "help") latest.current.help();
      else if (shortcut === "zone") latest.current.zone();
      else if (shortcut === "search") focusSearch();
      else if (shortcut !== "wait") go(shortcut.go);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
}

/** The page's search, or that of the page that has one, as soon as it is there; unless one has gone elsewhere meanwhile. */
function focusSearch(): void {
  if (focus()) return;
  go(["not-current"]);
  const { hash } = location;
  const wait = () => void (location.hash === hash && !focus() && requestAnimationFrame(wait));
  wait();
}

function focus(): boolean {
  const search = document.querySelector<HTMLInputElement>("[data-search]");
  search?.focus();
  return search !== null;
}

/** On another page the keyboard begins at its heading, and what reads the screen aloud says it. */
export function useHeadingFocus(path: readonly string[]): void {
  const place = path.join("/");
  const known = useRef(place);
  useEffect(() => {
    if (known.current === place) return;
    known.current = place;
    scrollTo(0, 0);
    if (document.querySelector("[data-search]:focus")) return;
    const heading = document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }, [place]);
}
