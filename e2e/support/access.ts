import { z } from "zod";
import { sshKeyView } from "@/lib/auth/model";
import { newPublicId } from "@/lib/kernel/ids";
import type { SessionView } from "@/lib/sessions/model";
import { type OperationView, workspaceView } from "@/lib/workspaces/model";
import type { Api } from "./api";
import { change } from "./database";
import { freshName, makeKey, newHome, type Person } from "./people";

/** Who may call: anyone, any signed-in user, a person at a browser but no token, admins. */
export type Access = "public" | "user" | "interactive" | "admin";

export interface Target {
  params?: Record<string, string>;
  body?: unknown;
}

export interface Row {
  access: Access;
  /** What its owner, or whoever may call it, is answered. */
  ok: number;
  /** What another user is answered, when the thing has an owner. */
  other?: 404;
  /** What an admin is answered about someone else's thing. */
  admin?: number;
  /** A fresh target of ana's, so that each caller meets the same. */
  target?: () => Promise<Target> | Target;
}

const absent = {
  workspace: "wsp_aaaaaaaaaaaaaaaa",
  snapshot: "snp_aaaaaaaaaaaaaaaa",
  pack: "pck_aaaaaaaaaaaaaaaa",
};

/** Whom and what the table speaks of. */
export interface Cast {
  ana: Person;
  eve: Person;
  /** Ana's, ended. */
  session: SessionView;
  /** Ana's, finished. */
  operation: OperationView;
}

const id = (value: string) => ({ params: { id: value } });

async function freshWorkspace(ana: Person): Promise<string> {
  const made = await ana.api.call(workspaceView, "POST", "external/workspaces", { name: freshName("w") });
  return made.id;
}

async function freshKey(ana: Person): Promise<string> {
  const publicKey = await makeKey(newHome());
  return (await ana.api.call(sshKeyView, "POST", "me/ssh-keys", { name: "spare", publicKey })).id;
}

/** Told as the worker would; no request of the API's makes one. */
async function freshNotice(ana: Person): Promise<string> {
  const notice = newPublicId("ntc");
  const content = JSON.stringify({ kind: "session_time_limit", slug: "aaaaaaaa" });
  await change(
    "INSERT INTO notices (public_id, user_id, content, created_at) SELECT ?, id, ?, UTC_TIMESTAMP(3) FROM users WHERE public_id = ?",
    [notice, content, ana.id],
  );
  return notice;
}

export async function freshToken(
  from: Api,
  body: Record<string, unknown> = {},
): Promise<{ id: string; token: string }> {
  const shape = z.looseObject({ id: z.string(), token: z.string() });
  return from.call(shape, "POST", "me/api-tokens", { name: freshName("t"), ...body });
}

/** The whole API. A procedure that is not here fails the first test below. */
export function accessTable({ ana, eve, session, operation }: Cast): Record<string, Row> {
  const slug = () => ({ params: { slug: session.slug } });
  return {
    "GET health": { access: "public", ok: 200 },
    "POST auth/register": {
      access: "public",
      ok: 201,
      target: () => {
        const username = freshName("new");
        return { body: { username, email: `${username}@example.org`, password: "a-long-password" } };
      },
    },
    "POST auth/login": {
      access: "public",
      ok: 200,
      target: () => ({ body: { login: ana.username, password: ana.password } }),
    },
    "POST auth/logout": { access: "public", ok: 200 },
    "GET me": { access: "user", ok: 200 },
    "POST me/password": {
      access: "interactive",
      // A wrong present password: allowed to ask, refused in the field.
      ok: 400,
      target: () => ({ body: { currentPassword: "not-the-password", newPassword: "another-long-one" } }),
    },
    "GET me/ssh-keys": { access: "user", ok: 200 },
    "POST me/ssh-keys": {
      access: "interactive",
      ok: 201,
      target: async () => ({ body: { name: "spare", publicKey: await makeKey(newHome()) } }),
    },
    "DELETE me/ssh-keys/{id}": {
      access: "interactive",
      ok: 200,
      other: 404,
      admin: 404,
      target: async () => id(await freshKey(ana)),
    },
    "GET me/api-tokens": { access: "user", ok: 200 },
    "POST me/api-tokens": {
      access: "interactive",
      ok: 201,
      target: () => ({ body: { name: freshName("t") } }),
    },
    "DELETE me/api-tokens/{id}": {
      access: "interactive",
      ok: 200,
      other: 404,
      admin: 404,
      target: async () => id((await freshToken(ana.api)).id),
    },
    "GET me/notices": { access: "user", ok: 200 },
    "POST me/notices/{id}/read": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 404,
      target: async () => id(await freshNotice(ana)),
    },
    "POST me/notices/read-all": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 404,
      target: async () => ({ body: { upTo: await freshNotice(ana) } }),
    },
    "GET gpus": { access: "user", ok: 200 },
    "GET packs": { access: "user", ok: 200 },
    "GET live": { access: "user", ok: 200 },
    "GET external/workspaces": { access: "user", ok: 200 },
    "POST external/workspaces": {
      access: "user",
      ok: 201,
      target: () => ({ body: { name: freshName("w") } }),
    },
    "GET external/workspaces/{id}": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 404,
      target: () => id(session.workspace.id),
    },
    "DELETE external/workspaces/{id}": {
      access: "user",
      ok: 202,
      other: 404,
      admin: 404,
      target: async () => id(await freshWorkspace(ana)),
    },
    "GET external/workspaces/{id}/snapshots": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 404,
      target: () => id(session.workspace.id),
    },
    "POST external/workspaces/{id}/snapshots": {
      access: "user",
      ok: 202,
      other: 404,
      admin: 404,
      target: async () => ({ ...id(await freshWorkspace(ana)), body: {} }),
    },
    "POST external/workspaces/{id}/restore": {
      access: "user",
      // The workspace is theirs, the snapshot does not exist.
      ok: 404,
      other: 404,
      admin: 404,
      target: () => ({ ...id(session.workspace.id), body: { snapshotId: absent.snapshot } }),
    },
    "GET operations/{id}": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 404,
      target: () => id(operation.id),
    },
    "GET external/sessions": { access: "user", ok: 200 },
    "POST external/sessions": {
      access: "user",
      // Everything but the workspace is in order, so it gets as far as a launch can without one.
      ok: 404,
      target: () => ({ body: { packId: absent.pack } }),
    },
    "GET external/sessions/{slug}": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "POST external/sessions/{slug}/stop": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/events": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/samples": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/log": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/processes": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 200,
      target: slug,
    },
    "GET admin/users": { access: "admin", ok: 200 },
    "PATCH admin/users/{id}": {
      access: "admin",
      ok: 200,
      target: () => ({ ...id(eve.id), body: { maxSessions: 2 } }),
    },
    "GET admin/sessions": { access: "admin", ok: 200 },
    "POST admin/sessions/{slug}/stop": { access: "admin", ok: 200, target: slug },
    "GET admin/gpus": { access: "admin", ok: 200 },
    "GET admin/gpu-processes": { access: "admin", ok: 200 },
    "GET admin/nodes": { access: "admin", ok: 200 },
  };
}

/** The path with its parameters filled in. */
export function pathOf(path: string, params: Record<string, string> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ""));
}
