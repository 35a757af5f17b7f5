import { z } from "zod";
import { sshKeyView } from "@/lib/auth/model";
import type { Surface } from "@/lib/kernel/surface";
import type { SessionView } from "@/lib/sessions/model";
import { type OperationView, type WorkspaceView, workspaceView } from "@/lib/workspaces/model";
import type { Row } from "./access-row";
import type { Api } from "./api";
import { competitionRows } from "./competition-rows";
import { tellNotice } from "./notices";
import { freshName, makeKey, newHome, type Person } from "./people";

const absent = {
  workspace: "wsp_aaaaaaaaaaaaaaaa",
  snapshot: "snp_aaaaaaaaaaaaaaaa",
  pack: "pck_aaaaaaaaaaaaaaaa",
  gpu: "gpu_aaaaaaaaaaaaaaaa",
  reservation: "rsv_aaaaaaaaaaaaaaaa",
  node: "nod_aaaaaaaaaaaaaaaa",
  monitor: "mon_aaaaaaaaaaaaaaaa",
};

/** Whom and what the table speaks of. Ana alone may use what is internal. */
export interface Cast {
  ana: Person;
  /** Ana at the internal address. */
  anaInside: Api;
  eve: Person;
  /** Ana's, ended. */
  session: SessionView;
  /** Ana's internal workspace. */
  inside: WorkspaceView;
  /** Ana's on it, ended. */
  sessionInside: SessionView;
  /** Ana's, finished. */
  operation: OperationView;
}

const id = (value: string) => ({ params: { id: value } });

async function freshWorkspace(api: Api): Promise<string> {
  const made = await api.call(workspaceView, "POST", `${api.surface}/workspaces`, { name: freshName("w") });
  return made.id;
}

/** Which address serves a path; what both serve is asked for at the external one. */
export function surfaceAt(path: string): Surface {
  return path.startsWith("internal/") ? "internal" : "external";
}

async function freshKey(ana: Person): Promise<string> {
  const publicKey = await makeKey(newHome());
  return (await ana.api.call(sshKeyView, "POST", "me/ssh-keys", { name: "spare", publicKey })).id;
}

function freshNotice(ana: Person): Promise<string> {
  return tellNotice(ana, { kind: "session_time_limit", slug: "aaaaaaaa", exposure: "external" });
}

export async function freshToken(
  from: Api,
  body: Record<string, unknown> = {},
): Promise<{ id: string; token: string }> {
  const shape = z.looseObject({ id: z.string(), token: z.string() });
  return from.call(shape, "POST", "me/api-tokens", { name: freshName("t"), ...body });
}

/** Well formed, of no GPU there is. */
const absentSlot = () => ({ body: { gpuId: absent.gpu, slot: "2020-01-04T05:00:00Z" } });
const absentSlots = () => ({ body: { slots: [absentSlot().body] } });

/** The whole API. A procedure that is not here fails the first test below. */
export function accessTable(cast: Cast): Record<string, Row> {
  const { ana, eve, session, operation } = cast;
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
    "GET gpu-live-status": { access: "public", ok: 200 },
    "POST gpu-status": {
      access: "monitor",
      ok: 200,
      target: () => ({ body: { timestamp: new Date().toISOString(), usage: { "0": ["ana"] } } }),
    },
    "GET wallet": { access: "user", ok: 200 },
    "GET wallet/spending": { access: "user", ok: 200 },
    "GET wallet/transactions": { access: "user", ok: 200 },
    "GET wallet/transactions.csv": { access: "user", ok: 200 },
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
      target: async () => id(await freshWorkspace(ana.api)),
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
      target: async () => ({ ...id(await freshWorkspace(ana.api)), body: {} }),
    },
    "DELETE external/workspaces/{id}/snapshots/{snapshotId}": {
      access: "user",
      // The workspace is theirs, the snapshot does not exist.
      ok: 404,
      other: 404,
      admin: 404,
      target: () => ({ params: { id: session.workspace.id, snapshotId: absent.snapshot } }),
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
    "GET me/limits": { access: "user", ok: 200 },
    "GET external/sessions/{slug}/extend": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "POST external/sessions/{slug}/extend": {
      access: "user",
      // Theirs, and ended.
      ok: 409,
      other: 404,
      admin: 409,
      target: () => ({ ...slug(), body: { ttlMinutes: 90 } }),
    },
    "GET external/sessions/{slug}/probes": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/samples": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/log": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET external/sessions/{slug}/processes": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 200,
      target: slug,
    },
    "GET external/planned-starts": { access: "user", ok: 200 },
    "POST external/planned-starts": { access: "user", ok: 404, target: absentSlot },
    "DELETE external/planned-starts/{gpuId}/{slot}": {
      access: "user",
      ok: 404,
      target: () => ({ params: absentSlot().body }),
    },
    "GET ssh-ca": { access: "user", ok: 200 },
    ...internalRows(cast),
    ...competitionRows(),
    "GET schedule/overview": { access: "user", ok: 200 },
    // Well formed, and no week of this lab.
    "GET schedule/weeks/{week}": {
      access: "user",
      ok: 404,
      target: () => ({ params: { week: "2020-01-04" } }),
    },
    "GET schedule/hours": { access: "user", ok: 200 },
    "POST schedule/bids": { access: "user", ok: 404, target: absentSlot },
    "POST schedule/bids/bulk": { access: "user", ok: 404, target: absentSlots },
    "POST schedule/bids/undo": { access: "user", ok: 404, target: absentSlot },
    "POST schedule/bids/undo-bulk": { access: "user", ok: 404, target: absentSlots },
    "POST schedule/slots/release": { access: "user", ok: 404, target: absentSlot },
    "POST schedule/slots/release-bulk": { access: "user", ok: 404, target: absentSlots },
    "POST schedule/slots/take": { access: "user", ok: 404, target: absentSlot },
    "POST schedule/slots/take-bulk": { access: "user", ok: 404, target: absentSlots },
    "GET schedule/slots/{gpuId}/{slot}/history": {
      access: "user",
      ok: 404,
      target: () => ({ params: absentSlot().body }),
    },
    "GET schedule/me/summary": { access: "user", ok: 200 },
    "GET schedule/me/bids": { access: "user", ok: 200 },
    ...reservationRows(),
    "GET admin/weeks": { access: "admin", ok: 200 },
    "POST admin/weeks/advance": {
      access: "admin",
      ok: 404,
      target: () => ({ body: { week: "2020-01-04" } }),
    },
    "POST admin/weeks/cleanup": { access: "admin", ok: 200, target: () => ({ body: { keep: 1_000 } }) },
    "GET admin/export": { access: "admin", ok: 200 },
    "GET admin/export-all": { access: "admin", ok: 200 },
    "GET admin/export-usage": { access: "admin", ok: 200 },
    "GET admin/usage": { access: "admin", ok: 200 },
    "GET admin/monitor-tokens": { access: "admin", ok: 200 },
    "POST admin/monitor-tokens": {
      access: "interactiveAdmin",
      // Well formed, and no host of this lab.
      ok: 404,
      target: () => ({ body: { name: freshName("m"), nodeId: absent.node } }),
    },
    "DELETE admin/monitor-tokens/{id}": {
      access: "interactiveAdmin",
      ok: 404,
      target: () => id(absent.monitor),
    },
    "POST admin/users/bulk-update": {
      access: "admin",
      ok: 200,
      target: () => ({ body: { delta: "0.000001" } }),
    },
    "GET admin/users": { access: "admin", ok: 200 },
    "POST admin/users": {
      access: "admin",
      ok: 201,
      target: () => {
        const username = freshName("made");
        return { body: { username, email: `${username}@example.org`, password: "a-long-password" } };
      },
    },
    "GET admin/users.csv": { access: "admin", ok: 200 },
    "GET admin/gpus.csv": { access: "admin", ok: 200 },
    "GET admin/sessions.csv": { access: "admin", ok: 200 },
    "GET admin/audit.csv": { access: "admin", ok: 200 },
    "GET admin/submissions.csv": { access: "admin", ok: 200 },
    "GET admin/audit": { access: "admin", ok: 200 },
    "GET admin/settings": { access: "admin", ok: 200 },
    "PATCH admin/settings": {
      access: "admin",
      ok: 200,
      target: () => ({ body: { stopSnapshotsKept: 100 } }),
    },
    "PATCH admin/gpus/{id}": {
      access: "admin",
      ok: 404,
      target: () => ({ ...id(absent.gpu), body: { state: "available" } }),
    },
    "PATCH admin/users/{id}": {
      access: "admin",
      ok: 200,
      target: () => ({ ...id(eve.id), body: { maxSessions: 2, canUseInternal: false, balance: "100" } }),
    },
    "GET admin/sessions": { access: "admin", ok: 200 },
    "POST admin/sessions/{slug}/stop": { access: "admin", ok: 200, target: slug },
    "GET admin/gpus": { access: "admin", ok: 200 },
    "GET admin/gpu-processes": { access: "admin", ok: 200 },
    "GET admin/nodes": { access: "admin", ok: 200 },
  };
}

/** Well formed, and of a GPU that is not there: what somebody has booked is looked at in the integration tests. */
function reservationRows(): Record<string, Row> {
  const span = { startsAt: "2020-01-04T05:00:00Z", endsAt: "2020-01-04T06:00:00Z" };
  const nobodys = { access: "user", ok: 404 } as const;
  return {
    "GET reservations": { access: "user", ok: 200 },
    "POST reservations": { ...nobodys, target: () => ({ body: { gpuId: absent.gpu, ...span } }) },
    "GET reservations/{id}": { ...nobodys, target: () => id(absent.reservation) },
    "POST reservations/{id}/cancel": { ...nobodys, target: () => id(absent.reservation) },
    "POST reservations/{id}/extend": {
      ...nobodys,
      target: () => ({ ...id(absent.reservation), body: { endsAt: span.endsAt } }),
    },
    "GET reservations/calendar": { access: "user", ok: 200 },
    "GET gpus/{id}/available-slots": { ...nobodys, target: () => id(absent.gpu) },
    "GET gpus/{id}/calendar": { ...nobodys, target: () => id(absent.gpu) },
  };
}

/** The internal routes, whose owner may also be one who may begin nothing there. */
function internalRows({ anaInside, inside, sessionInside }: Cast): Record<string, Row> {
  const slug = () => ({ params: { slug: sessionInside.slug } });
  const mine = () => id(inside.id);
  const owned = { access: "user", ok: 200, other: 404, admin: 404 } as const;
  const granted = { access: "user", other: 403, admin: 403 } as const;
  return {
    "GET internal/workspaces": { access: "user", ok: 200 },
    "POST internal/workspaces": { ...granted, ok: 201, target: () => ({ body: { name: freshName("w") } }) },
    "GET internal/workspaces/{id}": { ...owned, target: mine },
    "DELETE internal/workspaces/{id}": {
      ...owned,
      ok: 202,
      target: async () => id(await freshWorkspace(anaInside)),
    },
    "GET internal/workspaces/{id}/snapshots": { ...owned, target: mine },
    "POST internal/workspaces/{id}/snapshots": {
      ...granted,
      ok: 202,
      target: async () => ({ ...id(await freshWorkspace(anaInside)), body: {} }),
    },
    "DELETE internal/workspaces/{id}/snapshots/{snapshotId}": {
      ...owned,
      ok: 404,
      target: () => ({ params: { id: inside.id, snapshotId: absent.snapshot } }),
    },
    "POST internal/workspaces/{id}/restore": {
      ...granted,
      ok: 404,
      target: () => ({ ...mine(), body: { snapshotId: absent.snapshot } }),
    },
    "GET internal/sessions": { access: "user", ok: 200 },
    "POST internal/sessions": { ...granted, ok: 404, target: () => ({ body: { packId: absent.pack } }) },
    "GET internal/sessions/{slug}": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "POST internal/sessions/{slug}/stop": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET internal/sessions/{slug}/events": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET internal/sessions/{slug}/extend": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "POST internal/sessions/{slug}/extend": {
      access: "user",
      // Theirs, and ended.
      ok: 409,
      other: 404,
      admin: 409,
      target: () => ({ ...slug(), body: { ttlMinutes: 90 } }),
    },
    "GET internal/planned-starts": { access: "user", ok: 200 },
    "POST internal/planned-starts": { ...granted, ok: 404, target: absentSlot },
    "DELETE internal/planned-starts/{gpuId}/{slot}": {
      access: "user",
      ok: 404,
      target: () => ({ params: absentSlot().body }),
    },
    "GET internal/sessions/{slug}/probes": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET internal/sessions/{slug}/samples": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET internal/sessions/{slug}/log": { access: "user", ok: 200, other: 404, admin: 200, target: slug },
    "GET internal/sessions/{slug}/processes": {
      access: "user",
      ok: 200,
      other: 404,
      admin: 200,
      target: slug,
    },
  };
}

/** The path with its parameters filled in. */
export function pathOf(path: string, params: Record<string, string> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ""));
}
