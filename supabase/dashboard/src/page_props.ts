import type { Api, Overview } from "./api.ts";
import type { Route } from "./route.ts";

/** What every page gets. */
export interface PageProps {
  api: Api;
  /** Polled for the whole page, so that no page asks for it again. */
  overview: Overview;
  route: Route;
  /** Asks for the overview now and often for a while, after something was done. */
  refresh(): void;
}
