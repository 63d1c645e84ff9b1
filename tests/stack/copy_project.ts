import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** The project somewhere else, with what it has downloaded. */
export function copyProject(folder: string): void {
  for (const name of ["supabase", "tests", "deno.json", "deno.lock", "import_map.json"]) {
    copy(`${PROJECT}${name}`, `${folder}/${name}`);
  }
  Deno.symlinkSync(`${PROJECT}node_modules`, `${folder}/node_modules`);
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}
