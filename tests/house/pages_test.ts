import { findDeadLinks } from "../docs/find_dead_links.ts";
import { listPages, parseBlocks, PROJECT, readBlocks, readPage } from "../docs/read_blocks.ts";
import { needsNoName, RUNNERS, runnersOf } from "../docs/runners.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** Text of a file, empty of a folder. */
function read(path: string): string | undefined {
  try {
    return Deno.statSync(`${PROJECT}${path}`).isDirectory ? "" : Deno.readTextFileSync(`${PROJECT}${path}`);
  } catch {
    return undefined;
  }
}

Deno.test("the README has at most 200 lines, and names every page of docs/", () => {
  const readme = readPage("README.md");
  const lines = readme.trimEnd().split("\n").length;
  assert(lines <= 200, `${lines} lines`);
  assertEquals(listPages().slice(1).filter((page) => !readme.includes(`](${page})`)), []);
});

Deno.test("a page of many sections begins with a table of contents", () => {
  const long = listPages().slice(1).filter((page) => (readPage(page).match(/^## /gm)?.length ?? 0) >= 3);
  assert(long.length >= 5);
  const unlisted = long.filter((page) => {
    const [before = ""] = readPage(page).split(/^## /m);
    return (before.match(/\]\(#/g)?.length ?? 0) < 3;
  });
  assertEquals(unlisted, []);
});

Deno.test("every relative link and anchor of the pages leads somewhere", () => {
  const pages = [...listPages(), ".github/CONTRIBUTING.md", "CHANGELOG.md"];
  assertEquals(pages.flatMap((page) => findDeadLinks(page, read).map((link) => `${page}: ${link}`)), []);
});

Deno.test("findDeadLinks() names a missing file, a missing anchor, and nothing else", () => {
  const files: Record<string, string> = {
    "README.md":
      "# One\n[a](docs/a.md) [b](docs/a.md#two-words) [c](docs/c.md) [d](docs/a.md#three) [e](#one) [f](#f)\n" +
      '`[g](g.md)` [h](https://x.test/h)\n<img src="i.png">\n```bash\n# f\n[j](j.md)\n```\n',
    "docs/a.md": "# A\n## Two `words`?\n[up](../README.md)\n",
  };
  assertEquals(findDeadLinks("README.md", (path) => files[path]), ["docs/c.md", "docs/a.md#three", "#f", "i.png"]);
  assertEquals(findDeadLinks("docs/a.md", (path) => files[path]), []);
});

Deno.test("every block of the pages is run by somebody, or by nobody for a reason", () => {
  const blocks = readBlocks();
  assert(blocks.length >= 50, `${blocks.length} blocks`);
  const named = blocks.filter((block) => !needsNoName(block));
  const wrong = named.filter((block) => runnersOf(block).length !== 1);
  assertEquals(wrong.map((block) => `${block.page}, ${runnersOf(block).length} runners: ${block.text}`), []);
  const idle = RUNNERS.filter((runner) => named.filter((block) => runnersOf(block).includes(runner)).length !== 1);
  assertEquals(idle.map(({ name }) => name), []);
  assertEquals(new Set(RUNNERS.map(({ name }) => name)).size, RUNNERS.length);
  for (const runner of RUNNERS) if (runner.by === "nobody") assert(runner.why.length > 20, runner.name);
  for (const { page, language } of blocks) {
    assert(
      ["", "bash", "json", "js", "mermaid", "sql", "text", "ts"].includes(language),
      `${page} has a block of ${language}`,
    );
  }
});

Deno.test("parseBlocks() finds what is indented in a list, and takes the indent away", () => {
  const text = "1. One\n\n   ```bash\n   a\n     b\n   ```\n\n```\nshown\n```\n";
  assertEquals(parseBlocks("x.md", text), [
    { page: "x.md", language: "bash", text: "a\n  b\n" },
    { page: "x.md", language: "", text: "shown\n" },
  ]);
});
