import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { users } from "@/db/schema";
import { type AgentClient, createAgentClient } from "@/lib/agent-protocol/client";
import { zoneSetting } from "@/lib/kernel/env/zone";
import { newPublicId } from "@/lib/kernel/ids";
import { launchSession } from "@/lib/sessions/commands/launch";
import { internalUrlOf, sshHostOf, urlOf } from "./config";
import { type Context, runStep } from "./context";
import { inventHistory, randomFrom } from "./demo/history";
import { addPeople, addWorkspaces, countRealUsers, findPlace, hasHistory, type Place } from "./demo/lab";
import { demoEmail, guide } from "./demo/people";
import { freeGpus, hasActiveSession, idleWorkspace, takeSnapshots, writeHistory } from "./demo/record";
import { SetupError } from "./errors";
import { databaseUrlOf } from "./secrets";

/** When the invented people joined: before their oldest session. In days. */
const joinedDaysAgo = 90;
const dayMs = 24 * 3_600_000;
/** The history is invented from this number, so it looks the same in every lab with as many GPUs. */
const seed = 20_261_122;
const demoSessionMinutes = 8 * 60;

export interface DemoOptions {
  /** Go on although real people have accounts here. */
  yes?: boolean;
}

/**
 * Fills an installation with an invented lab, so that every page has something to show. Idempotent, and never touches
 * an account that it did not make.
 * @throws SetupError when real people use this installation and `yes` is not given, or no host has reported yet
 */
export async function runDemo(context: Context, options: DemoOptions): Promise<void> {
  const db = connectDb({ url: databaseUrlOf(context.config, context.layout, "web"), poolSize: 2 });
  try {
    await refuseAmongRealUsers(db, options);
    await fill(context, db, createAgentClient(context.layout.agentSocket));
  } finally {
    await db.$client.end();
  }
}

async function refuseAmongRealUsers(db: Db, { yes = false }: DemoOptions): Promise<void> {
  const others = await countRealUsers(db);
  if (others === 0 || yes) return;
  throw new SetupError(
    `${others === 1 ? "A person has an account" : `${others} people have accounts`} in this installation, and demo sessions would take their GPUs.`,
    "Use another installation (`--data DIR`), or add --yes.",
  );
}

async function fill(context: Context, db: Db, agent: AgentClient): Promise<void> {
  const now = new Date();
  const joinedAt = new Date(now.getTime() - joinedDaysAgo * dayMs);
  const place = await findPlace(db);
  const password = randomBytes(12).toString("base64url");
  const step = (name: string, run: (progress: (text: string) => void) => Promise<string>) =>
    runStep(context, { name, check: async () => null, run: (_context, progress) => run(progress) });

  let made: string[] = [];
  await step("Demo people", async () => {
    made = await addPeople(db, joinedAt, new Map([[guide, password]]));
    return made.length === 0 ? "present" : `${made.length} made`;
  });
  // At once, since it is kept nowhere: what follows may be cut off.
  const note = (text: string) => context.report.event({ kind: "note", text });
  if (made.includes(guide)) note(`Password of ${guide}: ${password} (told only now)`);
  const workspaces = await addWorkspaces(db, agent, place, joinedAt);
  await step("Demo history", async () => {
    if (await hasHistory(db)) return "present";
    const names = workspaces.map(({ name }) => name);
    const past = inventHistory(place.gpuIds.length, names, now, randomFrom(seed));
    await writeHistory(db, place, past, workspaces);
    return `${past.length} sessions`;
  });
  await step("Demo snapshots", async (progress) => {
    const taken = await takeSnapshots(db, agent, place, workspaces, progress);
    return taken === 0 ? "present" : `${taken} taken`;
  });
  await step("Demo session", () => launchOne(context, db, place));
  note(
    `\nSign in at ${urlOf(context.config)} as ${guide}; the password was told when the account was made. Every invented account has an address at example.org.`,
  );
}

/** One session that really runs, where that leaves a GPU for somebody else. */
async function launchOne({ config }: Context, db: Db, place: Place): Promise<string> {
  const free = await freeGpus(db, place);
  const [user] = await db
    .select()
    .from(users)
    .where(eq(users.email, demoEmail(guide)));
  if (!user) return `not launched: ${guide} is not here`;
  if (await hasActiveSession(db, user.id)) return "present";
  if (free.length < 2) return "not launched: fewer than two GPUs are free";
  const workspaceId = await idleWorkspace(db, user.id);
  if (workspaceId === undefined) return "not launched: their workspaces are in use";
  const { publicId, username, role, canUseInternal, maxSessions } = user;
  const actor = {
    userId: user.id,
    publicId,
    username,
    role,
    canUseInternal,
    maxSessions,
    via: "login",
  } as const;
  const settings = {
    url: urlOf(config),
    internalUrl: internalUrlOf(config),
    sshHost: sshHostOf(config),
    zone: zoneSetting.parse(config.zone ?? undefined),
  };
  const slug = await launchSession(
    // Nobody needs to be woken: the worker looks every second.
    { db, actor, requestId: newPublicId("evt"), wake: () => undefined, settings },
    "external",
    { workspaceId, ttlMinutes: demoSessionMinutes },
  );
  return `${slug} starts for ${username}`;
}
