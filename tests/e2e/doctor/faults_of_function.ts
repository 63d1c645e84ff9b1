import { type Fault, vault } from "./fault.ts";
import type { Mood } from "./front.ts";
import type { Patient } from "./patient.ts";

const mood = (mood: Mood) => (patient: Patient) => void (patient.front.mood = mood);
const calls = (url: (patient: Patient) => string) => (patient: Patient) =>
  patient.admin.unsafe(vault("project_url", `'${url(patient)}'`));

/** In the file of the function's settings, and in the function when it is to be known there too. */
const settings = (changes: Record<string, string>) => async (patient: Patient) => {
  const lines = Object.entries(changes).map(([name, value]) => `\n${name}='${value}'`);
  await Deno.writeTextFile(patient.envFile, lines.join(""), { append: true });
};
const lambda = (changes: Record<string, string>) => (patient: Patient) =>
  settings({ AWS_ENDPOINT_URL_LAMBDA: patient.front.url, ...changes })(patient);
/** What the reader of a fix puts in the place of "$NAME". */
const knowing = (env: Record<string, string>, seed: (patient: Patient) => Promise<unknown> | void): Fault["seed"] => {
  return async (patient) => {
    Object.assign(patient.env, env);
    await seed(patient);
  };
};

/** The function as it answers, its settings, and AWS. */
export const FAULTS_OF_FUNCTION: Fault[] = [
  { what: "the function is not deployed", seed: mood("not deployed"), line: "function", detail: /not deployed .*404/ },
  { what: "its worker is killed", seed: mood("killed"), line: "function", detail: /ended its worker \(546\)/ },
  { what: "verify_jwt is on", seed: mood("wants a JWT"), line: "function", detail: /wants a JWT \(401\)/ },
  { what: "it does not boot", seed: mood("does not boot"), line: "function", detail: /does not start \(503\)/ },
  { what: "the platform has no worker", seed: mood("overloaded"), line: "function", detail: /answers 502/ },
  {
    what: "another service answers",
    seed: mood("another service"),
    line: "function",
    detail: /something else answers/,
  },
  {
    what: "project_url leads to nobody",
    seed: calls(() => "http://127.0.0.1:9"),
    line: "function",
    detail: /cannot be reached at http:\/\/127\.0\.0\.1:9: connection refused/,
    also: ["vault project_url"],
  },
  {
    what: "project_url redirects",
    seed: calls((p) => p.front.redirectingUrl),
    line: "function",
    detail: /redirects \(308\) to http:\/\/127\.0\.0\.1:\d+, and the secret is dropped/,
    also: ["vault project_url"],
  },
  {
    what: "the function has another CRON_SECRET than its file and Vault",
    seed: (p) => p.stack.restartFunction({ CRON_SECRET: "another-secret-altogether" }),
    line: "function with the secret",
    detail: /Vault's cron_secret is refused/,
  },
  {
    what: "settings of the function were never sent",
    seed: (p) => p.stack.restartFunction({ SOV_AWS_CLIENT_NUMBER: "", LAMBDA_FUNCTION_APPLICATIONS_BY_DATE: "" }),
    line: "function settings",
    detail: /missing LAMBDA_FUNCTION_APPLICATIONS_BY_DATE, SOV_AWS_CLIENT_NUMBER/,
  },
  {
    what: "a setting of the function is in no file either",
    seed: knowing({ SOV_AWS_CLIENT_NUMBER: "77" }, async (p) => {
      await settings({ SOV_AWS_CLIENT_NUMBER: "" })(p);
      await p.stack.restartFunction({ SOV_AWS_CLIENT_NUMBER: "" });
    }),
    line: "function settings",
    detail: /missing SOV_AWS_CLIENT_NUMBER/,
  },
  {
    what: "settings of the function are unusable",
    seed: (p) => p.stack.restartFunction({ SYNC_CHUNK_SIZE: "many", OCC_TIMEOUT_SECONDS: "0" }),
    line: "function settings",
    detail: /OCC_TIMEOUT_SECONDS must be .*; SYNC_CHUNK_SIZE must be/,
  },
  {
    what: "the AWS keys are wrong",
    seed: settings({ AWS_SECRET_ACCESS_KEY: "wrong" }),
    line: "aws",
    detail: /the keys are refused: InvalidSignatureException/,
  },
  {
    what: "the AWS keys have expired",
    seed: knowing(
      { AWS_ACCESS_KEY_ID: "RENEWED", AWS_SECRET_ACCESS_KEY: "renewed", AWS_SESSION_TOKEN: "renewed" },
      lambda({ AWS_ACCESS_KEY_ID: "EXPIRED" }),
    ),
    line: "aws",
    detail: /the keys have expired: ExpiredTokenException/,
  },
  {
    what: "the AWS keys may not invoke the OCC function",
    seed: async (p) => {
      p.front.lambdaDenies = true;
      await lambda({})(p);
    },
    line: "aws",
    detail: /may not invoke \S+: AccessDeniedException/,
    standIn: (p, step) => {
      const statement = /^aws iam put-user-policy .*--policy-document (\{.*\})$/.exec(step)?.[1];
      if (!statement) return false;
      p.front.lambdaDenies = JSON.parse(statement).Statement[0].Action !== "lambda:InvokeFunction";
      return true;
    },
  },
  {
    what: "there is no such OCC function",
    seed: settings({ LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: "typo" }),
    line: "aws",
    detail: /there is no Lambda typo in/,
  },
  {
    what: "AWS_REGION is another than Lambda's",
    seed: settings({ AWS_REGION: "eu-west-9" }),
    line: "aws",
    detail: /AWS_REGION eu-west-9 is not the Lambda endpoint's/,
  },
  {
    what: "AWS_REGION is another than the OCC function's, as its ARN says",
    seed: lambda({
      LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: "arn:aws:lambda:ap-southeast-2:123456789012:function:occ",
      AWS_REGION: "us-east-1",
    }),
    line: "aws",
    detail: /AWS_REGION is us-east-1, but LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST is in ap-southeast-2/,
  },
];

const withUrl = (change: (url: URL) => void) => (patient: Patient) => {
  const url = new URL(patient.stack.env.DB_URL);
  change(url);
  Object.assign(patient.env, { SESSION_POOLER_URL: patient.stack.env.DB_URL, DB_URL: url.href });
};

/** What the tests' own psql has. */
let formerPassword: string | undefined;

/** The connection itself: the function is looked at all the same. */
export const FAULTS_OF_CONNECTION: Fault[] = [
  {
    what: "nobody answers at DB_URL",
    seed: withUrl((url) => url.port = "9"),
    line: "database",
    detail: /nobody answers at 127\.0\.0\.1:9/,
  },
  {
    what: "the password of DB_URL is wrong",
    seed: (p) => {
      formerPassword = Deno.env.get("PGPASSWORD");
      p.env.DB_PASSWORD = new URL(p.stack.env.DB_URL).password;
      withUrl((url) => url.password = "wrong-password")(p);
    },
    line: "database",
    detail: /refuses the role or its password \(28P01\)/,
    tidy() {
      if (formerPassword === undefined) Deno.env.delete("PGPASSWORD");
      else Deno.env.set("PGPASSWORD", formerPassword);
    },
  },
  {
    what: "DB_URL names no database of that server",
    seed: withUrl((url) => url.pathname = "/nowhere"),
    line: "database",
    detail: /no database of that name \(3D000\)/,
  },
  {
    what: "DB_URL is no connection string",
    seed: (p) => {
      Object.assign(p.env, { SESSION_POOLER_URL: p.stack.env.DB_URL, DB_URL: "db.example.com" });
    },
    line: "database",
    detail: /DB_URL is no connection string/,
  },
  {
    what: "there is no DB_URL",
    seed: (p) => {
      Object.assign(p.env, { SESSION_POOLER_URL: p.stack.env.DB_URL, DB_URL: "" });
    },
    line: "database",
    state: "warn",
    detail: /not looked into without DB_URL: Vault, jobs/,
  },
];
