import postgres from "postgres";
import type { Cluster } from "./cluster.ts";
import { createDataApi, type DataApi } from "./data_api.ts";
import type { StackSecrets } from "./secrets.ts";
import { StackError } from "./stack_error.ts";

/** Somebody who may sign in to the stack's page. */
export interface Person {
  name: "operator" | "viewer";
  email: string;
  password: string;
}

/** One who may act and one who may look; their passwords are new at each start. */
export function listPeople(secrets: StackSecrets): Person[] {
  return [
    { name: "operator", email: "operator@stack.local", password: secrets.operatorPassword },
    { name: "viewer", email: "viewer@stack.local", password: secrets.viewerPassword },
  ];
}

// As in a hosted project.
const GRANTS = `
  grant usage on schema auth to postgres, anon, authenticated, service_role;
  grant all on all tables in schema auth to postgres;
  grant execute on all functions in schema auth to postgres, anon, authenticated, service_role`;

/** Creates the schema `auth` and the people, and makes the operator one as the documentation says it is done. */
export async function createPeople(cluster: Cluster, adminUrl: string, secrets: StackSecrets): Promise<void> {
  const api = createDataApi(cluster, secrets, { studio: false, signUp: true });
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await api.createAuth();
    await sql.unsafe(GRANTS);
    await Promise.all(listPeople(secrets).map((person) => signUp(api, person, secrets)));
    await sql`
      update auth.users
      set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{"sync_role": "operator"}'
      where email = 'operator@stack.local'`;
  } finally {
    await sql.end();
    await api.close();
  }
}

async function signUp(api: DataApi, { name, email, password }: Person, secrets: StackSecrets): Promise<void> {
  const headers = { apikey: secrets.publishableKey, "content-type": "application/json" };
  const body = JSON.stringify({ email, password });
  const request = new Request("http://stack/auth/v1/signup", { method: "POST", headers, body });
  const response = await api.fetch(request, null);
  if (!response.ok) throw new StackError(`Cannot create the stack's ${name}: ${await response.text()}`);
}
