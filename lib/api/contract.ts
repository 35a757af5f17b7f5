import { type AnyRouter, isLazy, isProcedure, type Lazyable } from "@orpc/server";

/** What the browser needs to know of a procedure: where it is. Input and output are checked on the server. */
interface BrowserProcedure {
  readonly "~orpc": {
    readonly errorMap: Record<string, never>;
    readonly meta: Record<string, never>;
    readonly route: { readonly method: string | undefined; readonly path: string | undefined };
  };
}
export type BrowserContract = BrowserProcedure | { readonly [name: string]: BrowserContract };

/** The router without schemas, handlers, access rules and texts: what `contract.generated.json` holds. */
export function browserContract(router: Lazyable<AnyRouter>): BrowserContract {
  if (isProcedure(router)) {
    const { method, path } = router["~orpc"].route;
    return { "~orpc": { errorMap: {}, meta: {}, route: { method, path } } };
  }
  if (isLazy(router)) throw new Error("Lazy routers have no contract at build time.");
  return Object.fromEntries(Object.entries(router).map(([name, child]) => [name, browserContract(child)]));
}
