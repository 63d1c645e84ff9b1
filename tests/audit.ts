// What is known against the packages the function ships with. Exit code 1 for a finding that is high or critical.
import { z } from "zod";

/** The function's own dependencies; the rest of import_map.json is for tests and the local stack. */
const SHIPPED = ["@supabase/supabase-js", "@aws-sdk/client-lambda", "@smithy/fetch-http-handler", "zod"];
const FAILING = ["high", "critical"];

const importMapSchema = z.object({ imports: z.record(z.string(), z.string()) });
const auditSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      severity: z.string(),
      range: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
});
const errorSchema = z.object({ message: z.string() });

type Finding = z.infer<typeof auditSchema>["vulnerabilities"][string];

/** The pinned version of each package, as import_map.json has it. */
function readVersions(): Record<string, string> {
  const { imports } = importMapSchema.parse(
    JSON.parse(Deno.readTextFileSync(new URL("../import_map.json", import.meta.url))),
  );
  return Object.fromEntries(SHIPPED.map((name) => {
    const version = imports[name]?.split("@").at(-1);
    if (!version || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`import_map.json does not pin ${name}`);
    return [name, version];
  }));
}

async function npm(folder: string, ...args: string[]): Promise<{ success: boolean; output: string }> {
  const command = new Deno.Command("npm", { args, cwd: folder, stdin: "null", stderr: "null" });
  const { success, stdout } = await command.output();
  return { success, output: new TextDecoder().decode(stdout) };
}

/** What npm says of these packages and all they bring along, or why it cannot say. */
async function audit(dependencies: Record<string, string>): Promise<Finding[] | string> {
  const folder = await Deno.makeTempDir({ prefix: "audit-" });
  try {
    await Deno.writeTextFile(
      `${folder}/package.json`,
      JSON.stringify({ name: "audit", version: "1.0.0", dependencies }),
    );
    const resolved = await npm(folder, "install", "--package-lock-only", "--ignore-scripts", "--no-audit");
    if (!resolved.success) return "npm cannot resolve the packages";
    const { output } = await npm(folder, "audit", "--omit=dev", "--json");
    const answer: unknown = JSON.parse(output || "{}");
    const report = auditSchema.safeParse(answer);
    if (report.success) return Object.values(report.data.vulnerabilities);
    return errorSchema.safeParse(answer).data?.message ?? "npm audit gave no report";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function describe({ name, severity, range, via }: Finding): string {
  const reasons = via.map((reason) =>
    typeof reason === "string" ? `through ${reason}` : `${reason.title} ${reason.url}`
  );
  return `${severity}  ${name} ${range}: ${reasons.join("; ")}`;
}

const versions = readVersions();
console.log(`Auditing ${Object.entries(versions).map((pair) => pair.join("@")).join(", ")}`);
const findings = await audit(versions);
if (typeof findings === "string") {
  // A registry mirror need not have the advisories; that says nothing against the packages.
  console.log(`Not audited: ${findings}`);
  Deno.exit(0);
}
for (const finding of findings) console.log(describe(finding));
const failing = findings.filter(({ severity }) => FAILING.includes(severity));
console.log(`${findings.length} known vulnerabilities, ${failing.length} of them high or critical`);
Deno.exit(failing.length > 0 ? 1 : 0);
