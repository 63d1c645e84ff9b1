import { type Block, readBlocks } from "./read_blocks.ts";

/**
 * Who runs a block: `stack` is tests/e2e/pages_test.ts, `walk` is tests/platform/walk_test.ts. SQL needs no entry: all of
 * it is run by the former.
 */
type Runner =
  & { name: string; page: string; about: RegExp }
  & ({ by: "stack" | "walk" } | { by: "nobody"; why: string });

const needsDocker = "it needs Docker, or downloads the CLI's own stack from outside npm";

/** Every block that is a command, a program or a file has one line here. */
export const RUNNERS: Runner[] = [
  { name: "demo", page: "README.md", about: /task demo/, by: "stack" },
  { name: "link", page: "README.md", about: /supabase@\S+ link/, by: "walk" },
  { name: "deploy", page: "README.md", about: /db push/, by: "walk" },
  { name: "look", page: "README.md", about: /task doctor/, by: "walk" },
  { name: "call", page: "README.md", about: /^curl .*since=/m, by: "stack" },
  { name: "invoke", page: "README.md", about: /createClient/, by: "stack" },
  { name: "call and go", page: "docs/api.md", about: /respond-async/, by: "stack" },
  { name: "invoke in vain", page: "docs/api.md", about: /error\.context/, by: "stack" },
  { name: "rotate", page: "docs/deploy.md", about: /secrets set/, by: "walk" },
  { name: "remove", page: "docs/deploy.md", about: /Remove everything/, by: "walk" },
  { name: "listen", page: "docs/operate.md", about: /postgres_changes/, by: "stack" },
  { name: "read the history", page: "docs/operate.md", about: /tblSovereignApplicationsChanges/, by: "stack" },
  { name: "export", page: "docs/operate.md", about: /-o csv/, by: "walk" },
  { name: "export through the API", page: "docs/operate.md", about: /text\/csv/, by: "stack" },
  { name: "run a snippet", page: "docs/operate.md", about: /--file "supabase\/snippets/, by: "walk" },
  { name: "the AWS permission", page: "docs/security.md", about: /lambda:InvokeFunction/, by: "stack" },
  { name: "begin with", page: "docs/troubleshooting.md", about: /task status/, by: "stack" },
  { name: "write the page", page: "docs/dashboard.md", about: /--build site/, by: "stack" },
  {
    name: "serve the page",
    page: "docs/dashboard.md",
    about: /sb_publishable_…/,
    by: "nobody",
    why: "its key and project are the reader's own; the same command is run by tests/stack/dashboard_test.ts",
  },
  { name: "docker", page: "docs/platform.md", about: /supabase@\S+ start/, by: "nobody", why: needsDocker },
  { name: "native stack", page: "docs/platform.md", about: /supabase@\S+ stack start/, by: "nobody", why: needsDocker },
];

/** What a page only shows: it is compared with what is printed, where that does not change. */
const SHOWN = ["", "text", "mermaid"];

/** The runners of a block; one, where all is right. */
export function runnersOf(block: Block): Runner[] {
  return RUNNERS.filter(({ page, about }) => page === block.page && about.test(block.text));
}

/** Whether a block is run without being named: SQL, and what is no code. */
export function needsNoName({ language }: Block): boolean {
  return language === "sql" || SHOWN.includes(language);
}

/** The block a runner is for. */
export function blockOf(name: string): Block {
  const found = readBlocks().filter((block) =>
    !needsNoName(block) && runnersOf(block).some((one) => one.name === name)
  );
  const [block] = found;
  if (found.length !== 1 || !block) throw new Error(`${found.length} blocks are "${name}" of tests/docs/runners.ts`);
  return block;
}
