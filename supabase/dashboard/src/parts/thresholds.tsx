import { useRef, useState } from "preact/hooks";
import type { Api, Thresholds as Known } from "../api.ts";
import { formatDuration, formatNumber } from "../format.ts";
import { usePoll } from "../poll.ts";
import { describeValue, orderNames, readProblems, toChanges } from "../thresholds.ts";
import { capitalize } from "../words.ts";
import { Loaded } from "./loaded.tsx";

/** From what on there is an alert; an operator changes it. The database says what is wrong with a value, and keeps all then. */
export function Thresholds({ api, operator }: { api: Api; operator: boolean }) {
  const polled = usePoll((signal) => api.thresholds(signal), "thresholds", () => null);
  return (
    <section class="panel" aria-labelledby="thresholds">
      <h2 id="thresholds">When there is an alert</h2>
      <Loaded polled={polled} what="the thresholds">
        {(known) => operator ? <Fields api={api} known={known} saved={polled.refresh} /> : <Values known={known} />}
      </Loaded>
    </section>
  );
}

function Values({ known }: { known: Known }) {
  return (
    <dl class="attributes">
      {orderNames(known).map((name) => {
        const { unit, means } = known.limits[name]!;
        const value = Number(known[name]);
        return (
          <div key={name}>
            <dt>{capitalize(`${unit === "seconds" ? "time" : unit} ${means}`)}</dt>
            <dd>from {unit === "seconds" ? formatDuration(value) : formatNumber(value)} on</dd>
          </div>
        );
      })}
    </dl>
  );
}

function Fields({ api, known, saved }: { api: Api; known: Known; saved(): void }) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [message, setMessage] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const names = orderNames(known);
  const changes = toChanges(typed, known);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    setProblems({});
    setMessage("");
    try {
      setMessage((await api.changeThresholds(changes)).message);
      setTyped({});
      saved();
    } catch (error) {
      const found = readProblems(error instanceof Error ? error.message : String(error), names);
      setProblems(found);
      const first = names.find((name) => found[name]);
      if (first) form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
    }
  };
  return (
    <form ref={form} class="thresholds" aria-labelledby="thresholds" noValidate onSubmit={save}>
      {names.map((name) => (
        <Field
          key={name}
          name={name}
          value={typed[name] ?? String(known[name])}
          limits={known.limits[name]!}
          problem={problems[name]}
          set={(value) => setTyped((before) => ({ ...before, [name]: value }))}
        />
      ))}
      <div class="row">
        <button type="submit" class="main" disabled={Object.keys(changes).length === 0}>Save</button>
        {Object.keys(changes).length > 0 && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              setTyped({});
              setProblems({});
            }}
          >
            Take back
          </button>
        )}
        <span role="status">
          {message && <span class="right">{message}</span>}
          {Object.keys(problems).length > 0 && (
            <span class="wrong">Nothing was changed. {problems[""] ?? "Look at what is marked."}</span>
          )}
        </span>
      </div>
    </form>
  );
}

interface FieldProps {
  name: string;
  value: string;
  limits: Known["limits"][string];
  problem: string | undefined;
  set(value: string): void;
}

function Field({ name, value, limits: { unit, low, high, means }, problem, set }: FieldProps) {
  const words = describeValue(value, unit);
  return (
    <div class="threshold">
      <label for={name}>{capitalize(`${unit} ${means}`)}</label>
      <input
        id={name}
        name={name}
        inputMode="numeric"
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={`${name}-limits`}
        onInput={(event) => set(event.currentTarget.value)}
      />
      <span id={`${name}-limits`} class={problem ? "wrong" : "faint"}>
        {problem ? capitalize(problem) : `${words ? `= ${words} · ` : ""}${formatNumber(low)} to ${formatNumber(high)}`}
      </span>
    </div>
  );
}
