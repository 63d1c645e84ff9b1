import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Act, FORCE_COSTS, reconcile, startFrom, syncNow } from "../acts.ts";
import { formatNumber } from "../format.ts";
import { readNumbers } from "../numbers.ts";
import { NumbersField } from "./numbers_field.tsx";

interface AskProps {
  ask(act: Act): void;
}

/** A sync by hand: since a day or since the last one, of what changed or of everything. */
export function SyncForm({ ask }: AskProps) {
  const [since, setSince] = useState("");
  const [force, setForce] = useState(false);
  return (
    <Card title="Sync now" submit="Sync now…" main ask={() => ask(syncNow(since, force))}>
      <p class="faint">Asks OCC for what changed, and fetches it.</p>
      <DayField label="Since" note="the last sync, unless you choose a day" value={since} set={setSince} />
      <label class="inline">
        <input type="checkbox" checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
        Everything again, also what is current
      </label>
      {force && <p class="warned" role="status">{FORCE_COSTS}</p>}
    </Card>
  );
}

/** A look far back, for what the runs have missed. */
export function ReconcileForm({ ask }: AskProps) {
  const [since, setSince] = useState("");
  return (
    <Card title="Reconcile" submit="Reconcile…" ask={() => ask(reconcile(since))}>
      <p class="faint">
        Lists far back, to find what was missed and what is gone at OCC. Each night does it by itself.
      </p>
      <DayField label="Since" note="as far as each night, unless you choose a day" value={since} set={setSince} />
    </Card>
  );
}

/** Moves where the schedule's next list begins. */
export function StartForm({ ask }: AskProps) {
  const [day, setDay] = useState("");
  const [missing, setMissing] = useState(false);
  const submit = () => {
    setMissing(day === "");
    if (day !== "") ask(startFrom(day));
  };
  return (
    <Card title="Start from a day" submit="Start from there…" ask={submit}>
      <p class="faint">Moves where the next scheduled sync begins, back or forth.</p>
      <DayField label="Day" value={day} set={setDay} wrong={missing && day === "" ? "Choose the day." : undefined} />
    </Card>
  );
}

/** Some applications by their numbers. */
export function NumberForm({ ask }: AskProps) {
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const numbers = readNumbers(text);
  const wrong = missing && numbers.length === 0 ? "Say which." : undefined;
  const submit = () => {
    setMissing(numbers.length === 0);
    if (numbers.length === 0) return;
    ask({
      title: `Fetch ${numbers.length === 1 ? numbers[0] : `${formatNumber(numbers.length)} applications`} now?`,
      verb: "Fetch now",
      text: "OCC is asked for them before all others, whatever is known of them.",
      act: (api) => api.request(numbers),
    });
  };
  return (
    <Card title="Fetch by number" submit="Fetch now…" ask={submit}>
      <p class="faint">Asks OCC for these before all others, whether they are current or not.</p>
      <NumbersField value={text} set={setText} wrong={wrong} />
    </Card>
  );
}

interface CardProps {
  title: string;
  submit: string;
  main?: boolean;
  ask(): void;
  children: ComponentChildren;
}

function Card({ title, submit, main = false, ask, children }: CardProps) {
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    ask();
  };
  return (
    <form class="panel act" aria-label={title} noValidate onSubmit={send}>
      <h2>{title}</h2>
      {children}
      <button type="submit" class={main ? "main" : ""}>{submit}</button>
    </form>
  );
}

interface DayFieldProps {
  label: string;
  note?: string;
  value: string;
  set(value: string): void;
  wrong?: string | undefined;
}

function DayField({ label, note, value, set, wrong }: DayFieldProps) {
  return (
    <label>
      <span>
        {label} {note && <span class="faint">({note})</span>}
      </span>
      <input
        type="date"
        value={value}
        aria-invalid={wrong !== undefined}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {wrong && <span class="wrong">{wrong}</span>}
    </label>
  );
}
