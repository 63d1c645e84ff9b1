import type { Session } from "@supabase/auth-js";
import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { createApi, type Overview } from "./api.ts";
import type { Client } from "./client.ts";
import type { Config } from "./config.ts";
import { Now, useClock } from "./now.ts";
import { ActPage } from "./pages/act.tsx";
import { ApplicationPage } from "./pages/application.tsx";
import { NotCurrentPage } from "./pages/not_current.tsx";
import { NumbersPage } from "./pages/numbers.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { RunPage } from "./pages/run.tsx";
import { RunsPage } from "./pages/runs.tsx";
import { SignInPage } from "./pages/sign_in.tsx";
import type { PageProps } from "./page_props.ts";
import { Foot, useHeadingFocus } from "./parts/keyboard.tsx";
import { Loaded } from "./parts/loaded.tsx";
import { Problem } from "./parts/problem.tsx";
import { Stale } from "./parts/stale.tsx";
import { usePoll } from "./poll.ts";
import { formatRoute, type Route, useRoute } from "./route.ts";
import { describeTitle } from "./words.ts";

/** While a run goes on, and else. */
const RUNNING_MS = 2_000;
const QUIET_MS = 15_000;
/** For so long after somebody has done something they want to see what comes of it. */
const EAGER_MS = 20_000;

const PAGES = [
  { path: [], title: "Overview" },
  { path: ["runs"], title: "Runs" },
  { path: ["not-current"], title: "Not current" },
  { path: ["numbers"], title: "Numbers" },
  { path: ["act"], title: "Act" },
];

/** Signed out: the form and nothing else. Signed in: the page of the address. */
export function App({ client, config }: { client: Client; config: Config }) {
  const [session, setSession] = useState<Session | null>();
  useEffect(() => {
    const { data } = client.auth.onAuthStateChange((_event, session) => setSession(session));
    return () => data.subscription.unsubscribe();
  }, [client]);
  if (session === undefined) return <p class="loading" role="status">Loading…</p>;
  if (session === null) return <SignInPage client={client} config={config} />;
  // Another person is another page: nothing of the one before may stay on it.
  return <SignedIn key={session.user.id} client={client} email={session.user.email ?? "you"} />;
}

function SignedIn({ client, email }: { client: Client; email: string }) {
  const [api] = useState(() => createApi(client));
  const route = useRoute();
  useHeadingFocus(route.path);
  const eagerUntil = useRef(0);
  const polled = usePoll(
    api.overview,
    "overview",
    (overview) => overview?.running || Date.now() < eagerUntil.current ? RUNNING_MS : QUIET_MS,
  );
  const refresh = () => {
    eagerUntil.current = Date.now() + EAGER_MS;
    polled.refresh();
  };
  const now = useClock(polled.value?.now, polled.at);
  // Whatever a page stumbles over: better these words than half of it.
  const [mistake, goOn] = useErrorBoundary((error) => console.error(error));
  const signedOut = polled.error?.kind === "signed out";
  const signOut = () => client.auth.signOut({ scope: "local" });
  useEffect(() => void (signedOut && signOut()), [signedOut]);
  useEffect(() => {
    if (!polled.value) return;
    const { title } = document;
    document.title = describeTitle(polled.value);
    return () => void (document.title = title);
  }, [polled.value?.verdict, polled.value?.project]);
  return (
    <Now.Provider value={now}>
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <Top overview={polled.value} route={route} email={email} signOut={signOut} />
      <Stale polled={polled} />
      <main id="content" tabIndex={-1}>
        {mistake
          ? (
            <Problem
              alone
              title="The page made a mistake"
              text="The browser's console says which. The sync is not touched by it."
            >
              <button type="button" onClick={goOn}>Try again</button>
            </Problem>
          )
          : (
            <Loaded polled={polled} what="the state of the sync" alone>
              {(overview: Overview) => showPage({ api, overview, route, refresh })}
            </Loaded>
          )}
      </main>
      <Foot />
    </Now.Provider>
  );
}

interface TopProps {
  overview: Overview | undefined;
  route: Route;
  email: string;
  signOut(): void;
}

function Top({ overview, route, email, signOut }: TopProps) {
  return (
    <header class="top">
      <strong>{overview?.project ?? "Applications sync"}</strong>
      <nav aria-label="Pages">
        {PAGES.map(({ path, title }) => (
          <a key={title} href={formatRoute(path)} aria-current={path[0] === route.path[0] ? "page" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <span class="who">
        {email}
        {overview && !overview.operator && <span class="tag">may look</span>}
      </span>
      <button type="button" class="quiet" onClick={signOut}>Sign out</button>
    </header>
  );
}

/** The address holds the page's state, so this link must not follow itself. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function showPage(props: PageProps): ComponentChildren {
  const [page, id] = props.route.path;
  if (page === undefined) return <OverviewPage {...props} />;
  if (page === "runs") return id ? <RunPage {...props} run={id} /> : <RunsPage {...props} />;
  if (page === "not-current") return <NotCurrentPage {...props} />;
  if (page === "applications" && id) return <ApplicationPage {...props} application={id} />;
  if (page === "numbers") return <NumbersPage {...props} />;
  if (page === "act") return <ActPage {...props} />;
  return <Problem alone title="There is no such page" text={`Nothing is at ${describe(props.route)}.`} />;
}

function describe({ path, query }: Route): string {
  return formatRoute(path, query);
}
