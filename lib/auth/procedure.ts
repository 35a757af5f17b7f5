import { os } from "@orpc/server";
import type { Db } from "@/db/client";
import { AppError } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { type Surface, type SurfaceUrls, urlOfSurface } from "@/lib/kernel/surface";
import type { Actor, Monitor } from "./model";

/** Where a login's cookie goes: response headers for REST, Next's cookie store for server actions. */
export interface CookieJar {
  set(name: string, value: string, attributes: { expires: Date; path: string; secure: boolean }): void;
}

/** What every procedure is called with, whichever face it is called through. */
export interface RequestContext {
  readonly db: Db;
  readonly log: Logger;
  readonly requestId: string;
  /** As Caddy saw it; never taken from a header that a client could set. */
  readonly clientAddress: string;
  readonly actor: Actor | null;
  /** The program that calls by a monitor's token; then there is no actor. */
  readonly monitor: Monitor | null;
  /** SHA-256 of the login in use, when `actor.via` is `login`. */
  readonly loginIdHash: string | null;
  readonly cookies: CookieJar;
  /** Tells the worker that there is work; after commit, never inside a transaction. Losing it is harmless. */
  readonly wake: () => void;
  /** Which address the request came to: decided by `surfaceOf`, nowhere else. */
  readonly surface: Surface;
  readonly settings: SurfaceUrls & {
    readonly sshHost: string;
    /** IANA zone in which the lab counts its weeks. */
    readonly zone: string;
  };
}

/** Who may call a procedure; the table test reads this from each procedure's meta. */
export const accessLevels = [
  "public",
  "user",
  "interactive",
  "admin",
  "interactiveAdmin",
  "monitor",
] as const;
export type Access = (typeof accessLevels)[number];

const base = os.$context<RequestContext>().$meta<{ access: Access }>({ access: "admin" });

export type SignedInContext = RequestContext & { readonly actor: Actor };

/** @throws AppError `unauthenticated`; `forbidden` for a monitor */
export function signedIn(context: RequestContext): Actor {
  if (context.monitor) {
    throw new AppError(
      "forbidden",
      "A monitor's token may send GPU status (POST gpu-status) and nothing else.",
    );
  }
  if (!context.actor) throw new AppError("unauthenticated", "Sign in, or send a valid API token as Bearer.");
  return context.actor;
}

/** Anyone, signed in or not. */
export const publicProcedure = base.meta({ access: "public" });

/** Any signed-in user, by cookie or API token. */
export const userProcedure = base
  .meta({ access: "user" })
  .use(({ context, next }) => next({ context: { actor: signedIn(context) } }));

/** Signed-in users, at the address of one surface; the other refuses and says which address it is. */
export function surfaceProcedure(surface: Surface) {
  return userProcedure.use(({ context, next }) => {
    assertSurface(context, surface);
    return next();
  });
}

/** @throws AppError `forbidden` with the address to go to, when a request came to the other one */
export function assertSurface(context: RequestContext, surface: Surface): void {
  if (context.surface !== surface) throw new AppError("forbidden", elsewhere(surface, context.settings));
}

function elsewhere(surface: Surface, settings: SurfaceUrls): string {
  const url = urlOfSurface(surface, settings);
  if (url === null) {
    return "This lab has no internal side. Its operator makes one with the setting MEDFORGE_INTERNAL_URL.";
  }
  const [name, rest] = [surface.slice(0, 1).toUpperCase(), surface.slice(1)];
  return `${name}${rest} sessions, workspaces and competitions are served at ${url}, not at this address.`;
}

/** A person at a browser: API tokens can't manage tokens, keys or passwords. */
export const interactiveProcedure = base
  .meta({ access: "interactive" })
  .use(({ context, next }) => next({ context: { actor: atABrowser(context) } }));

/** @throws AppError `unauthenticated`, `forbidden` */
function atABrowser(context: RequestContext): Actor {
  const actor = signedIn(context);
  if (actor.via === "login") return actor;
  throw new AppError(
    "forbidden",
    "An API token can't manage tokens, SSH keys or passwords. Sign in in the browser.",
  );
}

/** Admins, by cookie or API token. */
export const adminProcedure = base
  .meta({ access: "admin" })
  .use(({ context, next }) => next({ context: { actor: anAdmin(signedIn(context)) } }));

/** Admins at a browser. */
export const interactiveAdminProcedure = base
  .meta({ access: "interactiveAdmin" })
  .use(({ context, next }) => next({ context: { actor: anAdmin(atABrowser(context)) } }));

/** @throws AppError `forbidden` */
function anAdmin(actor: Actor): Actor {
  if (actor.role === "admin") return actor;
  throw new AppError("forbidden", "This needs the admin role.");
}

/** A program that watches one host's GPUs, by its monitor's token: no person may call it. */
export const monitorProcedure = base.meta({ access: "monitor" }).use(({ context, next }) => {
  const { monitor, actor } = context;
  if (monitor) return next({ context: { monitor } });
  const what = "This takes a monitor's token, which an admin makes under GPUs.";
  throw actor ? new AppError("forbidden", what) : new AppError("unauthenticated", what);
});
