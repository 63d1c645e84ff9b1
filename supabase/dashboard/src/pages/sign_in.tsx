import { useState } from "preact/hooks";
import type { Client } from "../client.ts";
import type { Config } from "../config.ts";

/** The only thing that is there for somebody who is signed out. */
export function SignInPage({ client, config }: { client: Client; config: Config }) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const signIn = async (email: string, password: string) => {
    setBusy(true);
    setWrong(undefined);
    const { error } = await client.auth.signInWithPassword({ email, password });
    setBusy(false);
    if (error) setWrong(describe(error));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    signIn(String(form.get("email")), String(form.get("password")));
  };
  return (
    <main class="sign-in">
      <h1>Applications sync</h1>
      <form onSubmit={submit}>
        <label>
          Email<input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password<input name="password" type="password" autoComplete="current-password" required />
        </label>
        <div role="alert">{wrong && <p class="wrong">{wrong}</p>}</div>
        <button type="submit" class="main" disabled={busy}>{busy ? "Signing in…" : "Sign in"}</button>
      </form>
      {config.demo_users?.map(({ name, email, password }) => (
        <button
          type="button"
          disabled={busy}
          onClick={() => signIn(email, password)}
        >
          Sign in as the stack's {name}
        </button>
      ))}
    </main>
  );
}

function describe(error: { status?: number | undefined; message: string }): string {
  if (!error.status || error.status >= 500) {
    return "Sign-in does not answer. Look whether the project is up, and try again.";
  }
  if (error.status === 429) return "Too many attempts. Wait a minute, and try again.";
  return error.message;
}
