import { dirname, normalize } from "node:path";
import * as z from "zod";
import type { DeployedFunction } from "./hosted_project.ts";

const metadataSchema = z.object({
  name: z.string(),
  entrypoint_path: z.string(),
  import_map_path: z.string().optional(),
  verify_jwt: z.boolean(),
});

/** What `functions deploy --use-api` uploads: one part a file, and `metadata`. Unpacks it into `folder`. */
export async function unpackFunction(
  slug: string,
  form: FormData,
  folder: string,
  previous: DeployedFunction | undefined,
): Promise<DeployedFunction> {
  const metadata = metadataSchema.parse(JSON.parse(await textOf(form.get("metadata"))));
  const files: string[] = [];
  for (const file of form.getAll("file")) {
    if (!(file instanceof File)) throw new Error("a part named file is none");
    // The CLI names files relative to the project's folder; nothing may leave `folder`.
    const path = normalize(file.name);
    if (path.startsWith("..") || path.startsWith("/")) throw new Error(`a file outside the project: ${file.name}`);
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, new Uint8Array(await file.arrayBuffer()));
    files.push(path);
  }
  const now = Date.now();
  return {
    slug,
    version: (previous?.version ?? 0) + 1,
    verifyJwt: metadata.verify_jwt,
    folder,
    files,
    entrypoint: normalize(metadata.entrypoint_path),
    importMap: metadata.import_map_path ? normalize(metadata.import_map_path) : undefined,
    createdAt: previous?.createdAt ?? now,
    updatedAt: now,
  };
}

function textOf(part: FormDataEntryValue | null): Promise<string> | string {
  if (part === null) throw new Error("the upload has no metadata");
  return typeof part === "string" ? part : part.text();
}
