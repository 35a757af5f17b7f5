import { and, asc, eq, gt, inArray, lte, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, nodes, sessions, slotSightings, slotUsage, users } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { hourMs } from "@/lib/fleet/rules";
import { required } from "@/lib/kernel/assert";
import { holdersNow } from "@/lib/schedule/queries/holder";
import type { LiveGpu, LiveState, LiveStatusView } from "../model";
import { disclosed } from "../rules";
import { liveAnswerMs, seenNowMs } from "../tunables";

async function presentGpus(db: Db) {
  return db
    .select({ gpu: gpus, node: nodes.name, holder: users.username })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(eq(gpus.present, true))
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

/** Which GPUs were looked at just now, and who was seen on them, by internal id. */
async function seenNow(db: Db, gpuIds: readonly number[]) {
  const since = dbNowPlus(-seenNowMs);
  /** Of the hour that runs, or of the one before it: it may have turned since. */
  const lately = (table: typeof slotUsage | typeof slotSightings) =>
    and(
      inArray(table.gpuId, [...gpuIds]),
      lte(table.startsAt, dbNow),
      gt(table.startsAt, dbNowPlus(-hourMs - seenNowMs)),
    );
  const [looked, people] = await Promise.all([
    db
      .selectDistinct({ gpuId: slotUsage.gpuId })
      .from(slotUsage)
      .where(and(lately(slotUsage), gt(slotUsage.lookedAt, since))),
    db
      .selectDistinct({ gpuId: slotSightings.gpuId, person: slotSightings.person })
      .from(slotSightings)
      .where(and(lately(slotSightings), gt(slotSightings.seenAt, since)))
      .orderBy(asc(slotSightings.person)),
  ]);
  return {
    isLookedAt: (gpuId: number) => looked.some((row) => row.gpuId === gpuId),
    peopleOn: (gpuId: number) => people.filter((row) => row.gpuId === gpuId).map(({ person }) => person),
  };
}

function stateOf(facts: { looked: boolean; used: boolean; taken: boolean; available: boolean }): LiveState {
  if (!facts.looked) return "unknown";
  if (facts.used) return "used";
  if (facts.taken) return "idle";
  return facts.available ? "free" : "off";
}

/** What every GPU is doing now, with all names. */
async function readLive(db: Db): Promise<LiveStatusView> {
  const [clock] = await db.select({ now: dbNow }).from(sql`(select 1) as one`);
  const rows = await presentGpus(db);
  const ids = rows.map(({ gpu }) => gpu.id);
  const now = required(clock, "the database's clock").now.toISOString();
  if (ids.length === 0) return { now, gpus: [] };
  const [seen, holders] = await Promise.all([seenNow(db, ids), holdersNow(db, ids)]);
  return {
    now,
    gpus: rows.map(({ gpu, node, holder }): LiveGpu => {
      const people = seen.peopleOn(gpu.id);
      const assigned = holders.get(gpu.id)?.username ?? holder;
      return {
        id: gpu.publicId,
        index: gpu.deviceIndex,
        model: gpu.model,
        state: stateOf({
          looked: seen.isLookedAt(gpu.id),
          used: people.length > 0,
          taken: assigned !== null,
          available: gpu.state === "available",
        }),
        node,
        assigned,
        users: people,
      };
    }),
  };
}

interface Answer {
  readonly view: Promise<LiveStatusView>;
  /** By the process's own clock, which nobody sets. ms */
  readonly at: number;
}

const answers = new WeakMap<Db, Answer>();

/** One reading serves everybody who asks within two seconds: nobody needs an account to ask. */
function recentLive(db: Db): Promise<LiveStatusView> {
  const known = answers.get(db);
  if (known && performance.now() - known.at < liveAnswerMs) return known.view;
  const view = readLive(db);
  answers.set(db, { view, at: performance.now() });
  // What failed is asked again by the next.
  view.catch(() => answers.delete(db));
  return view;
}

/** Who is on which GPU now, beside who holds it, as far as the lab tells the one who asks. */
export async function getLiveStatus(db: Db, actor: Actor | null): Promise<LiveStatusView> {
  const view = await recentLive(db);
  if (actor !== null) return disclosed(view, { signedIn: true, publicNames: true });
  const { publicGpuNames } = await readLabSettings(db);
  return disclosed(view, { signedIn: false, publicNames: publicGpuNames });
}
