import { buildPage, type PageFiles } from "../../supabase/tools/dashboard/build_page.ts";
import { TEMPLATES_VARIABLE } from "../stack/cluster_template.ts";

/** The page's files; the files of tests that one test command runs share one build. */
export async function builtPage(): Promise<PageFiles> {
  const shared = Deno.env.get(TEMPLATES_VARIABLE);
  const folder = `${shared}/page`;
  if (shared === undefined) return await buildPage();
  const kept = read(folder);
  if (kept) return kept;
  const files = await buildPage();
  Deno.mkdirSync(`${folder}.new`);
  for (const [path, content] of files) Deno.writeFileSync(`${folder}.new/${encodeURIComponent(path)}`, content);
  Deno.renameSync(`${folder}.new`, folder);
  return files;
}

function read(folder: string): PageFiles | undefined {
  try {
    return new Map(
      [...Deno.readDirSync(folder)].map((
        { name },
      ) => [decodeURIComponent(name), Deno.readFileSync(`${folder}/${name}`)]),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
