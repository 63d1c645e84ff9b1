import type { Module } from "./read_modules.ts";

const FUNCTION = "supabase/functions/sync-applications/";
const TOOLS = "supabase/tools/";
const DASHBOARD = "supabase/dashboard/";
const TESTS = "tests/";

/** Where in the house a file is. `root` are the function's files that every room may use. */
export type Room = "index" | "root" | "http" | "sync" | "occ" | "database" | "tools" | "dashboard" | "tests";

/** Which rooms a room may import from. */
const ARROWS: Record<Room, readonly Room[]> = {
  index: ["root", "http", "sync", "occ", "database"],
  root: ["root"],
  http: ["http", "sync", "root"],
  sync: ["sync", "occ", "database", "root"],
  occ: ["occ", "root"],
  database: ["database", "root"],
  tools: ["tools", "dashboard", "index", "root", "http", "sync", "occ", "database"],
  dashboard: ["dashboard"],
  tests: ["tests", "tools", "dashboard", "index", "root", "http", "sync", "occ", "database"],
};

/** What an application is: the one thing the database knows of OCC, and only its type. */
const APPLICATION_TYPES = [
  `${FUNCTION}occ/application_medium.ts`,
  `${FUNCTION}occ/fetch_applications_since_data.ts`,
];

/** The one place the version stands in; what prints it reads it there. */
const VERSION_FILE = "deno.json";

/** What `index.ts` alone touches, of the function; the rest gets it passed in. Of Deno that is `Deno.env`. */
const WIRING = ["Deno", "process.env", "createClient", "EdgeRuntime"];

/** The room of a file, or undefined when the house has none for it. */
export function roomOf(path: string): Room | undefined {
  if (path.startsWith(TESTS)) return "tests";
  if (path.startsWith(TOOLS)) return "tools";
  if (path.startsWith(DASHBOARD)) return "dashboard";
  if (!path.startsWith(FUNCTION)) return undefined;
  const inside = path.slice(FUNCTION.length);
  if (inside === "index.ts") return "index";
  if (!inside.includes("/")) return "root";
  return (["http", "sync", "occ", "database"] as const).find((room) => inside.startsWith(`${room}/`));
}

/** Everything the modules do that the house does not allow, each with its file and import. */
export function findViolations(modules: Module[]): string[] {
  const known = new Set(modules.map(({ path }) => path));
  return [
    ...modules.flatMap((module) => findWrongArrows(module)),
    ...modules.flatMap(({ path, imports }) =>
      imports.filter(({ target }) => /\.tsx?$/.test(target) && !known.has(target))
        .map(({ target }) => `${path} imports ${target}, which nobody looked at`)
    ),
    ...modules.flatMap(findWiring),
    ...findCycles(modules),
  ];
}

function findWrongArrows({ path, imports }: Module): string[] {
  const from = roomOf(path);
  if (!from) return [`${path} is in no room of the house`];
  return imports.flatMap(({ target, typeOnly }) => {
    const to = roomOf(target);
    if (to && ARROWS[from].includes(to)) return [];
    if (from === "tools" && target === VERSION_FILE) return [];
    if (from === "database" && typeOnly && APPLICATION_TYPES.includes(target)) return [];
    return [`${path} imports ${target}: ${from} may import ${ARROWS[from].join(", ")}`];
  });
}

function findWiring({ path, names }: Module): string[] {
  const room = roomOf(path);
  if (room === "index" || room === "tools" || room === "dashboard" || room === "tests") return [];
  return WIRING.filter((name) => names.has(name)).map((name) => `${path} uses ${name}: only index.ts may`);
}

/** Each cycle once, by the import that closes it; imports of types count too. */
function findCycles(modules: Module[]): string[] {
  const importsOf = new Map(modules.map(({ path, imports }) => [path, imports]));
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    if (trail.includes(path)) {
      cycles.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const { target } of importsOf.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return cycles;
}
