// Draws .github/architecture.svg from architecture.txt. With --check it fails when the picture is out of date.
interface Box {
  x: number;
  y: number;
  lines: string[];
}

const SOURCE = new URL("architecture.txt", import.meta.url);
const PICTURE = new URL("../../.github/architecture.svg", import.meta.url);
const COLUMN = 420;
const ROW = 130;
const WIDTH = 270;
const HEIGHT = 92;

// Colours of the reader's own scheme: the picture is looked at on white and on black.
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .label { font-size: 11px; fill: #59636e; }
  .box { fill: #f6f8fa; stroke: #8c959f; }
  .arrow { stroke: #59636e; fill: none; marker-end: url(#head); }
  #head path { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .label { fill: #9198a1; }
    .box { fill: #151b23; stroke: #656c76; }
    .arrow { stroke: #9198a1; }
    #head path { fill: #9198a1; }
  }`;

function draw(source: string): string {
  const boxes = new Map<string, Box>();
  const parts: string[] = [];
  for (const line of source.split("\n")) {
    const [head = "", ...texts] = line.split("|").map((part) => part.trim());
    const [kind, name = "", ...rest] = head.split(/\s+/);
    if (kind === "box") {
      const [column, row] = rest.map(Number);
      boxes.set(name, { x: 20 + (column ?? 0) * COLUMN, y: 20 + (row ?? 0) * ROW, lines: texts });
    } else if (kind === "arrow") {
      parts.push(drawArrow(find(boxes, name), find(boxes, rest[1] ?? ""), texts[0] ?? ""));
    }
  }
  for (const box of boxes.values()) parts.push(drawBox(box));
  const right = Math.max(...[...boxes.values()].map(({ x }) => x)) + WIDTH + 20;
  const bottom = Math.max(...[...boxes.values()].map(({ y }) => y)) + HEIGHT + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${bottom}" role="img">
<title>How a tick of pg_cron becomes rows</title>
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${parts.join("\n")}
</svg>
`;
}

function find(boxes: Map<string, Box>, name: string): Box {
  const box = boxes.get(name);
  if (!box) throw new Error(`architecture.txt has no box ${name} before its arrow`);
  return box;
}

function drawBox({ x, y, lines }: Box): string {
  const texts = lines.map((line, index) =>
    `<text x="${x + 14}" y="${y + 24 + index * 18}"${index === 0 ? ' class="title"' : ""}>${escape(line)}</text>`
  );
  return `<rect class="box" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/>\n${texts.join("\n")}`;
}

/** From edge to edge, along the longer distance. */
function drawArrow(from: Box, to: Box, label: string): string {
  const down = Math.abs(to.y - from.y) > Math.abs(to.x - from.x) * 0.6;
  const start = down
    ? { x: from.x + WIDTH / 2, y: to.y > from.y ? from.y + HEIGHT : from.y }
    : { x: to.x > from.x ? from.x + WIDTH : from.x, y: from.y + HEIGHT / 2 };
  const end = down
    ? { x: to.x + WIDTH / 2, y: to.y > from.y ? to.y : to.y + HEIGHT }
    : { x: to.x > from.x ? to.x : to.x + WIDTH, y: to.y + HEIGHT / 2 };
  const text = down
    ? `<text class="label" x="${(start.x + end.x) / 2 + 8}" y="${(start.y + end.y) / 2 + 4}">${escape(label)}</text>`
    : `<text class="label" x="${(start.x + end.x) / 2}" y="${(start.y + end.y) / 2 - 8}" text-anchor="middle">${
      escape(label)
    }</text>`;
  return `<path class="arrow" d="M${start.x} ${start.y}L${end.x} ${end.y}"/>\n${text}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const picture = draw(Deno.readTextFileSync(SOURCE));
if (!Deno.args.includes("--check")) {
  Deno.writeTextFileSync(PICTURE, picture);
} else if (Deno.readTextFileSync(PICTURE) !== picture) {
  console.error("architecture.svg is out of date: run `deno run -A tests/docs/draw_architecture.ts`");
  Deno.exit(1);
} else {
  console.log("architecture.svg is what architecture.txt says");
}
