import { type Fault, vault } from "./fault.ts";

const UNREADABLE = (name: string) => `update vault.secrets set secret = 'AAAA' where name = '${name}'`;

/** Vault: where the function is, with which secret, and where alerts go. */
export const FAULTS_OF_SECRETS: Fault[] = [
  {
    what: "Vault lacks project_url",
    seed: "delete from vault.secrets where name = 'project_url'",
    line: "vault project_url",
    detail: /not there/,
  },
  {
    what: "project_url is no URL",
    seed: vault("project_url", "'my project'"),
    line: "vault project_url",
    detail: /not the URL of a project/,
  },
  {
    what: "project_url holds a password",
    seed: vault("project_url", "'https://somebody:hunter2-hunter2@127.0.0.1:9'"),
    line: "vault project_url",
    detail: /not the URL of a project/,
    also: ["function"],
  },
  {
    what: "project_url ends with a newline",
    seed: vault("project_url", "'https://abcdefghijklmnopqrst.supabase.co' || chr(10)"),
    line: "vault project_url",
    detail: /not the URL of a project/,
    also: ["function"],
  },
  {
    what: "project_url has a path",
    seed: (p) => p.admin.unsafe(vault("project_url", `'${p.front.url}/functions/v1'`)),
    line: "vault project_url",
    detail: /not the URL of a project/,
    also: ["function"],
  },
  {
    what: "project_url is http",
    seed: vault("project_url", "'http://abcdefghijklmnopqrst.supabase.co'"),
    line: "vault project_url",
    detail: /begins with http/,
    also: ["function"],
  },
  {
    what: "project_url is another project's",
    seed: vault("project_url", "'https://abcdefghijklmnopqrst.supabase.co'"),
    line: "vault project_url",
    detail: /leads to https:\/\/abcdefghijklmnopqrst\.supabase\.co, but this project's API is http:\/\/127/,
    also: ["function"],
  },
  {
    what: "project_url cannot be decrypted",
    seed: UNREADABLE("project_url"),
    line: "vault project_url",
    detail: /cannot be decrypted \(\w{5}\)/,
  },
  {
    what: "Vault lacks cron_secret",
    seed: "delete from vault.secrets where name = 'cron_secret'",
    line: "vault cron_secret",
    detail: /not there/,
  },
  {
    what: "cron_secret is empty",
    seed: vault("cron_secret", "''"),
    line: "vault cron_secret",
    detail: /empty/,
  },
  {
    what: "cron_secret is too short",
    seed: vault("cron_secret", "'secret'"),
    line: "vault cron_secret",
    detail: /not 16 or more/,
    also: ["function with the secret"],
  },
  {
    what: "cron_secret is another than the function's, as its file has it",
    seed: vault("cron_secret", "'another-secret-altogether'"),
    line: "vault cron_secret",
    detail: /another than the function's CRON_SECRET/,
    also: ["function with the secret"],
  },
  {
    what: "cron_secret cannot be decrypted",
    seed: UNREADABLE("cron_secret"),
    line: "vault cron_secret",
    detail: /cannot be decrypted \(\w{5}\)/,
  },
  {
    what: "alert_webhook_url is no URL",
    seed: "select vault.create_secret('hooks.example.com services', 'alert_webhook_url')",
    line: "alerts",
    detail: /alert_webhook_url is not a URL/,
    tidy: (p) => p.admin`delete from vault.secrets where name = 'alert_webhook_url'`,
  },
  {
    what: "alert_webhook_url cannot be decrypted",
    seed: `select vault.create_secret('x', 'alert_webhook_url'); ${UNREADABLE("alert_webhook_url")}`,
    line: "alerts",
    detail: /alert_webhook_url cannot be decrypted/,
    tidy: (p) => p.admin`delete from vault.secrets where name = 'alert_webhook_url'`,
  },
  {
    what: "the webhook refuses",
    seed: async (p) => {
      await p.admin`select vault.create_secret(${`${p.front.url}/gone`}, 'alert_webhook_url')`;
      await p.admin`
        insert into public.sync_alerts (condition, message, told_at, resolved_at, post_error)
        values ('data quality', 'x', now(), now(), 'The webhook answered 404')`;
    },
    line: "alerts",
    state: "warn",
    detail: /cannot be posted: The webhook answered 404/,
    tidy: (p) => p.admin`delete from vault.secrets where name = 'alert_webhook_url'`,
  },
];
