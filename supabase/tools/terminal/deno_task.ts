import { delimiter } from "node:path";

/** How a task is called here, as it can be typed: who came by `npx` has no `deno` of their own. */
export function denoTask(words: string): string {
  return `${hasDeno(Deno.env.get("PATH") ?? "") ? "deno" : `npx -y deno@${Deno.version.deno}`} task ${words}`;
}

/** Whether a shell with this PATH finds `deno`. What npx puts before it while it runs is gone afterwards. */
export function hasDeno(path: string): boolean {
  const folders = path.split(delimiter).filter((folder) =>
    folder !== "" && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder)
  );
  const names = Deno.build.os === "windows" ? ["deno.exe", "deno.cmd"] : ["deno"];
  return folders.some((folder) => names.some((name) => isThere(`${folder}/${name}`)));
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
