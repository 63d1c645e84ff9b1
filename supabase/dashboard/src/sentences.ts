// The database's sentences on an application, cut where the page can do better than text. Pure.

/** What an operator can do about an application, by the statement that says so. */
export type Offer = "request" | "retry" | "forget" | "resume";

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "time"; text: string; at: string }
  | { kind: "run"; text: string; run: string }
  /** A statement that can be run; `offer` where the page has a button for it. */
  | { kind: "statement"; text: string; offer: Offer | undefined };

const OFFERS: Record<string, Offer> = {
  request_applications: "request",
  retry: "retry",
  forget_application: "forget",
  resume_sync: "resume",
};

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** A statement ends at the semicolon behind its bracket; within quotes there may be others. */
const PIECES = new RegExp(
  String.raw`(?<statement>select (?<call>\w+)\((?:'(?:[^']|'')*'|[^'()])*\);)` +
    String.raw`|(?<time>(?<day>\d{4}-\d{2}-\d{2}) (?<minute>\d{2}:\d{2}) UTC)` +
    `|the run (?<run>${UUID})`,
  "g",
);

export function readSentence(sentence: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of sentence.matchAll(PIECES)) {
    pieces.push({ kind: "text", text: sentence.slice(from, match.index) }, toPiece(match));
    from = match.index + match[0].length;
  }
  pieces.push({ kind: "text", text: sentence.slice(from) });
  return pieces.filter(({ text }) => text !== "");
}

function toPiece({ 0: text, groups = {} }: RegExpMatchArray): Piece {
  const { call, day, minute, run } = groups;
  if (call) return { kind: "statement", text, offer: OFFERS[call] };
  if (run) return { kind: "run", text, run };
  return { kind: "time", text, at: `${day}T${minute}:00Z` };
}

/** What is known, and what can be done about it: a sentence with a statement is the latter. */
export function splitSentences(sentences: readonly string[]): { known: Piece[][]; doable: Piece[][] } {
  const read = sentences.map(readSentence);
  const canBeDone = (pieces: Piece[]) => pieces.some(({ kind }) => kind === "statement");
  return {
    known: read.filter((pieces) => !canBeDone(pieces)),
    doable: read.filter(canBeDone).map((pieces) => pieces.map(unpunctuate).filter(({ text }) => text !== "")),
  };
}

/** Beside a button a text needs no semicolon to begin with. */
function unpunctuate(piece: Piece): Piece {
  return piece.kind === "text" ? { kind: "text", text: piece.text.replace(/^[;,\s]+/, "").trim() } : piece;
}
