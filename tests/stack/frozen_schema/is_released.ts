import { PROJECT } from "../with_project.ts";

/** Whether the repository has the tag of a release. */
export async function isReleased(version: string): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["tag", "--list", `v${version}`],
    cwd: PROJECT,
  }).output();
  if (!success) throw new Error(`Cannot look for the tag v${version}: ${new TextDecoder().decode(stderr).trim()}`);
  return stdout.length > 0;
}
