// `deno task migration`: makes of a change in supabase/schemas what a database applies. Before the first release that is
// the installation, written anew; after it, a migration from the last one to the schemas.
import { readArgs } from "../../../supabase/tools/read_args.ts";
import { isReleased } from "../frozen_schema/is_released.ts";
import { readManifest } from "../frozen_schema/manifest.ts";
import { openProject, PROJECT } from "../with_project.ts";
import { diffDatabases, openDeclared } from "./diff_databases.ts";
import { writeGenerated } from "./generate.ts";

/** The version of a migration made now. */
function versionOf(date: Date): string {
  return date.toISOString().replaceAll(/\D/g, "").slice(0, 14);
}

/** Writes the migration that leads from the migrations there are to the schemas; undefined when they agree. */
async function writeMigration(name: string): Promise<string | undefined> {
  const migrated = await openProject();
  const declared = await openDeclared();
  try {
    await migrated.push();
    const diff = await diffDatabases(migrated.url, declared.url);
    if (diff === "") return undefined;
    const path = `supabase/migrations/${versionOf(new Date())}_${name}.sql`;
    await Deno.writeTextFile(`${PROJECT}/${path}`, `${diff}\n`);
    return path;
  } finally {
    await Promise.all([migrated.close(), declared.close()]);
  }
}

async function main(): Promise<number> {
  const { words } = readArgs({
    task: "migration",
    purpose: "Makes a migration of what has changed in supabase/schemas.",
    options: {},
    words: {
      name: "name",
      known: [],
      takes: (word) => /^[a-z][a-z0-9_]*$/.test(word),
      about: "a verb and an object, such as add_notes_to_gaps",
    },
    examples: [
      ["", "before the first release: write the installation again"],
      ["add_notes_to_gaps", "after it: a new migration of this name"],
    ],
    exits: { 0: "the migrations agree with the schemas", 1: "a migration needs a name, or could not be made" },
    notes: "What pg-delta cannot express, and what to check in a new migration, is in .github/CONTRIBUTING.md.",
  }, Deno.args);
  const { version } = readManifest();
  const released = await isReleased(version);
  const written = writeGenerated({ released });
  if (released) {
    const [name] = words;
    if (name === undefined) {
      console.error(`${version} is released; name what changes: deno task migration add_notes_to_gaps`);
      return 1;
    }
    const path = await writeMigration(name);
    if (path) written.push(path);
  }
  console.log(written.length > 0 ? `Written: ${written.join(", ")}` : "The migrations agree with the schemas");
  return 0;
}

Deno.exit(await main());
