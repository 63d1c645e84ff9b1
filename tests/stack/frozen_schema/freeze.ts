// `deno task freeze`: the migrations as they are become those of the release deno.json names. Until its tag is there, as
// often as one likes; from then on they may only be added to.
import { PROJECT } from "../with_project.ts";
import { isReleased } from "./is_released.ts";
import { readArgs } from "../../../supabase/tools/read_args.ts";
import { findThawed, hashMigrations, readManifest, writeManifest } from "./manifest.ts";

async function main(): Promise<number> {
  readArgs({
    task: "freeze",
    purpose: "Freezes the migrations for the release deno.json names: tests/stack/frozen_schema/migrations.json.",
    options: {},
    examples: [["", "before a release, after the last change of a migration"]],
    exits: { 0: "they are frozen", 1: "a migration of a released version has changed; it is named" },
  }, Deno.args);
  const { version } = JSON.parse(Deno.readTextFileSync(`${PROJECT}/deno.json`));
  const [before, migrations] = [readManifest(), hashMigrations()];
  const thawed = findThawed(before.migrations, migrations);
  if (thawed.length > 0 && await isReleased(before.version)) {
    console.error(`${before.version} is released; write a new migration instead:\n${thawed.join("\n")}`);
    return 1;
  }
  writeManifest({ version, migrations });
  console.log(`${Object.keys(migrations).length} migrations are those of ${version}`);
  return 0;
}

Deno.exit(await main());
