// @ts-types="../support/yaml.d.ts"
import { parse } from "@std/yaml";
import * as z from "zod";

const envSchema = z.record(z.string(), z.string()).default({});
const workflowSchema = z.object({
  jobs: z.object({
    deploy: z.object({
      env: envSchema,
      steps: z.array(z.object({
        name: z.string().optional(),
        uses: z.string().optional(),
        with: z.record(z.string(), z.unknown()).optional(),
        run: z.string().optional(),
        env: envSchema,
      })),
    }),
  }),
});

export interface WorkflowStep {
  uses: string | undefined;
  with: Record<string, unknown>;
  run: string | undefined;
  env: Record<string, string>;
}

/** `.github/workflows/deploy.yml` as it stands. */
export function readWorkflow(): string {
  return Deno.readTextFileSync(new URL("../../.github/workflows/deploy.yml", import.meta.url));
}

/** The steps of the deploy job; with `context`, their expressions are filled in from it (`secrets.X`, `vars.X`, …). */
export function parseSteps(workflow: string, context?: Record<string, string>): WorkflowStep[] {
  const { env, steps } = workflowSchema.parse(parse(workflow)).jobs.deploy;
  const known = { ...context };
  const fill = (text: string) =>
    text.replaceAll(/\$\{\{ *([\w.]+) *\}\}/g, (expression, name: string) => {
      const value = known[name];
      if (value === undefined && context) throw new Error(`deploy.yml wants ${name}, which nobody has`);
      return value ?? expression;
    });
  const fillAll = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)]));
  const ofJob = fillAll(env);
  for (const [name, value] of Object.entries(ofJob)) known[`env.${name}`] = value;
  return steps.map((step) => ({
    uses: step.uses,
    with: step.with ?? {},
    run: step.run === undefined ? undefined : fill(step.run),
    env: { ...ofJob, ...fillAll(step.env) },
  }));
}
