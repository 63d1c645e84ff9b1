import { useState } from "preact/hooks";
import type { Api, Thresholds } from "../api.ts";
import { formatNumber } from "../format.ts";
import { usePoll } from "../poll.ts";
import { capitalize } from "../words.ts";
import { Loaded } from "./loaded.tsx";

/** From what on there is an alert. The server says what is wrong with a value, and changes nothing then. */
export function ThresholdForm({ api }: { api: Api }) {
  const polled = usePoll((signal) => api.thresholds(signal), "thresholds", () => null);
  return (
    <section class="panel">
      <h2>When there is an alert</h2>
      <Loaded polled={polled} what="the thresholds">
        {(thresholds) => <Fields key={polled.at} api={api} thresholds={thresholds} saved={polled.refresh} />}
      </Loaded>
    </section>
  );
}

function Fields({ api, thresholds, saved }: { api: Api; thresholds: Thresholds; saved(): void }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [said, setSaid] = useState<{ text: string; wrong: boolean }>();
  const changed = Object.entries(values).filter(([name, value]) => value !== String(thresholds[name]));
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const { message } = await api.changeThresholds(
        Object.fromEntries(changed.map(([name, value]) => [name, Number(value)])),
      );
      setSaid({ text: message, wrong: false });
      saved();
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), wrong: true });
    }
  };
  return (
    <form onSubmit={save} class="thresholds">
      {Object.entries(thresholds.limits).map(([name, { unit, low, high, means }]) => (
        <label key={name}>
          <span>{capitalize(`${unit} ${means}`)}, from</span>
          <span class="row">
            <input
              type="number"
              min={low}
              max={high}
              value={values[name] ?? String(thresholds[name])}
              onInput={(event) => {
                const { value } = event.currentTarget;
                setValues((before) => ({ ...before, [name]: value }));
              }}
            />
            <span class="faint">{formatNumber(low)} to {formatNumber(high)}</span>
          </span>
        </label>
      ))}
      <div class="row">
        <button type="submit" class="main" disabled={changed.length === 0}>Save</button>
        <span role="status">{said && <span class={said.wrong ? "wrong" : "right"}>{said.text}</span>}</span>
      </div>
    </form>
  );
}
