import { formatMoment, formatUtc } from "../format.ts";
import { useNow } from "../now.ts";
import { formatRoute } from "../route.ts";
import { type Offer, type Piece, splitSentences } from "../sentences.ts";
import { useZone } from "../zone.tsx";
import { Statement } from "./statement.tsx";

const VERBS: Record<Offer, string> = {
  request: "Fetch now",
  retry: "Try again",
  forget: "Forget…",
  resume: "Resume the schedule",
};

interface WhyProps {
  sentences: string[];
  /** Where the viewer may act; else the statements stand as they are. */
  ask: ((offer: Offer) => void) | undefined;
}

/** The database's sentences: what is known, and behind it what can be done, as buttons where there is one for it. */
export function Why({ sentences, ask }: WhyProps) {
  const { known, doable } = splitSentences(sentences);
  return (
    <>
      <ul class="why">
        {known.map((pieces, at) => <li key={at}>{pieces.map((piece, part) => <Shown key={part} piece={piece} />)}</li>)}
      </ul>
      {doable.map((pieces, at) => (
        <div key={at} class="row doable">
          {pieces.map((piece, part) => <Shown key={part} piece={piece} ask={ask} />)}
        </div>
      ))}
    </>
  );
}

function Shown({ piece, ask }: { piece: Piece; ask?: WhyProps["ask"] }) {
  const now = useNow();
  const { utc } = useZone();
  switch (piece.kind) {
    case "text":
      return <span>{piece.text}</span>;
    case "time":
      return (
        <time dateTime={piece.at} title={formatUtc(piece.at)}>
          {utc ? piece.text : formatMoment(piece.at, now)}
        </time>
      );
    case "run":
      return <a href={formatRoute(["runs", piece.run])}>the run {piece.run.slice(0, 8)}</a>;
    case "statement": {
      const { offer } = piece;
      if (!offer || !ask) return <Statement label="" text={piece.text} />;
      return (
        <button
          type="button"
          class={offer === "forget" ? "" : "main"}
          title={piece.text}
          onClick={() => ask(offer)}
        >
          {VERBS[offer]}
        </button>
      );
    }
  }
}
