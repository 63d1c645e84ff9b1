import { generateApiKey } from "@supabase/lite";

/** What must not be guessed, new at each start. */
export interface StackSecrets {
  superuserPassword: string;
  postgresPassword: string;
  authenticatorPassword: string;
  cronSecret: string;
  secretKey: string;
  publishableKey: string;
  jwtSecret: string;
  vaultKey: string;
  operatorPassword: string;
  viewerPassword: string;
}

export async function createSecrets(): Promise<StackSecrets> {
  const [secret, publishable] = await Promise.all([generateApiKey("secret"), generateApiKey("publishable")]);
  return {
    superuserPassword: randomHex(16),
    postgresPassword: randomHex(16),
    authenticatorPassword: randomHex(16),
    cronSecret: randomHex(32),
    secretKey: secret.key,
    publishableKey: publishable.key,
    jwtSecret: randomHex(32),
    vaultKey: randomHex(32),
    operatorPassword: randomHex(12),
    viewerPassword: randomHex(12),
  };
}

/** Random bytes as hex: safe in URLs, SQL literals and shell scripts alike. */
export function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).reduce(
    (hex, byte) => hex + byte.toString(16).padStart(2, "0"),
    "",
  );
}
