import type { Tx } from "@/db/client";
import { notify, withdraw } from "@/lib/notices/notify";
import type { Exposure } from "@/lib/workspaces/model";

/** A session that was to start by itself. */
export interface Start {
  readonly userId: number;
  readonly exposure: Exposure;
  /** The GPU's public id. */
  readonly gpuId: string;
  /** "GPU 3 on gpu1". */
  readonly gpu: string;
  readonly startsAt: Date;
}

type StartKey = Pick<Start, "userId" | "gpuId" | "startsAt">;

const waiting = "session_start_waiting";
const keyOf = ({ gpuId, startsAt }: StartKey) => `${gpuId}:${startsAt.getTime()}`;

const about = ({ exposure, gpu, startsAt }: Start) => ({ exposure, gpu, slot: startsAt.toISOString() });

/** It could not be started yet, for this reason, and is tried until then. */
export async function tellWaiting(tx: Tx, start: Start, reason: string, until: Date): Promise<void> {
  const told = { kind: waiting, ...about(start), reason, until: until.toISOString() } as const;
  await notify(tx, start.userId, told, `${waiting}:${keyOf(start)}:told`);
}

/** It waits no more. */
export function withdrawStart(tx: Tx, start: StartKey): Promise<void> {
  return withdraw(tx, start.userId, `${waiting}:${keyOf(start)}`);
}

export async function tellStarted(tx: Tx, start: Start, slug: string): Promise<void> {
  await withdrawStart(tx, start);
  const told = { kind: "session_started", slug, exposure: start.exposure, gpu: start.gpu } as const;
  await notify(tx, start.userId, told, `session_started:${slug}`);
}

export async function tellNotStarted(tx: Tx, start: Start, reason: string): Promise<void> {
  await withdrawStart(tx, start);
  const told = { kind: "session_not_started", ...about(start), reason } as const;
  await notify(tx, start.userId, told, `session_not_started:${keyOf(start)}`);
}
