/** A function as it was uploaded last. */
export interface DeployedFunction {
  slug: string;
  /** 1 for the first deploy. */
  version: number;
  verifyJwt: boolean;
  /** Where its files were unpacked. */
  folder: string;
  /** Paths below `folder`, as the CLI named them. */
  files: string[];
  entrypoint: string;
  importMap: string | undefined;
  createdAt: number;
  updatedAt: number;
}

/** What the platform keeps of one project beside its database. */
export interface HostedProject {
  /** Twenty lower-case letters. */
  ref: string;
  apiUrl: string;
  /** As `postgres`, directly. */
  databaseUrl: string;
  /** As the superuser. */
  adminUrl: string;
  secretKey: string;
  publishableKey: string;
  /** What legacy keys are signed with. */
  jwtSecret: string;
  /** Set by `secrets set`. */
  secrets: Map<string, string>;
  functions: Map<string, DeployedFunction>;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export function randomRef(): string {
  return [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => LETTERS[byte % 26]).join("");
}

/** What a function finds in its environment: the platform's own names, then the project's secrets. */
export function functionEnvironment(project: HostedProject): Record<string, string> {
  return {
    SUPABASE_URL: project.apiUrl,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: project.secretKey }),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: project.publishableKey }),
    SUPABASE_DB_URL: project.databaseUrl,
    SB_REGION: "ap-southeast-2",
    SB_EXECUTION_ID: crypto.randomUUID(),
    ...Object.fromEntries(project.secrets),
  };
}
