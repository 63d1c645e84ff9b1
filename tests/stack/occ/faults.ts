import { randomOf } from "../../support/random.ts";

/** What can be wrong with an answer of OCC, or with the way to it. */
const FAULTS = [
  "throttle",
  "unavailable",
  "denied",
  "network",
  "hang",
  "slow",
  "crash",
  "empty",
  "not-json",
  "error",
  "not-found",
  "wrong-id",
  "wrong-shape",
  "too-large",
  "nul-text",
  "older",
] as const;
export type Fault = typeof FAULTS[number];

type Scope = { ids: Set<string> } | { count: number } | { probability: number };

interface FaultRule {
  fault: Fault;
  call: "list" | "detail";
  scope: Scope;
}

/** Which fault, if any, a call meets. */
export type FaultPlan = (call: "list" | "detail", id: string, attempt: number) => Fault | undefined;

/** Bad `--faults`; the message names the part that cannot be read and what would do. */
export class FaultsError extends Error {
  override name = "FaultsError";
}

/**
 * Reads `--faults`: rules separated by commas, the first that fits a call wins. `unavailable=2`: two applications always
 * meet it. `throttle=10%`: one call in ten. `not-found=G3-100003`: that one. `list:error`: the list, always.
 * `list:unavailable=50%`: every other list.
 *
 * @throws FaultsError
 */
export function parseFaults(text: string): FaultRule[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => {
    const match = /^(list:)?([a-z-]+)(?:=(.+))?$/.exec(part);
    const fault = FAULTS.find((name) => name === match?.[2]);
    if (!match || !fault) {
      throw new FaultsError(`Unknown fault ${JSON.stringify(part)}: use ${FAULTS.join(", ")}, such as unavailable=2`);
    }
    return { fault, call: match[1] ? "list" : "detail", scope: parseScope(part, match[3]) };
  });
}

function parseScope(part: string, text = "100%"): Scope {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent) {
    const probability = Number(percent[1]) / 100;
    if (probability > 1) throw new FaultsError(`Too much in ${JSON.stringify(part)}: at most 100%`);
    return { probability };
  }
  if (/^\d+$/.test(text)) return { count: Number(text) };
  return { ids: new Set(text.split("+")) };
}

/** Makes the plan of a seed. Independent of the order of calls: the n-th call for an id meets what it always meets. */
export function createFaultPlan(rules: readonly FaultRule[], seed: number, ids: () => Iterable<string>): FaultPlan {
  const chosen = new Map<FaultRule, Set<string>>();

  function chooseIds(rule: FaultRule, count: number): Set<string> {
    const known = chosen.get(rule);
    if (known) return known;
    const ranked = [...ids()].map((id) => ({ id, rank: randomOf(seed, "chosen", rule.fault, id) }));
    const ofRule = new Set(ranked.sort((a, b) => a.rank - b.rank).slice(0, count).map(({ id }) => id));
    chosen.set(rule, ofRule);
    return ofRule;
  }

  return (call, id, attempt) =>
    rules.find((rule) => {
      if (rule.call !== call) return false;
      if ("ids" in rule.scope) return rule.scope.ids.has(id);
      // Of the list there is one: a count means so many first calls.
      if ("count" in rule.scope) {
        return call === "list" ? attempt < rule.scope.count : chooseIds(rule, rule.scope.count).has(id);
      }
      return randomOf(seed, rule.fault, call, id, attempt) < rule.scope.probability;
    })?.fault;
}
