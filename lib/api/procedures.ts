import { eventIterator } from "@orpc/contract";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/client";
import { changeTopics } from "@/lib/audit/record";
import { publicProcedure, type RequestContext, userProcedure } from "@/lib/auth/procedure";
import { envelope, ok } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import packageJson from "@/package.json";
import { ChangePoller, type LiveFeed } from "./live";

const healthView = z.strictObject({
  status: z.literal("ok"),
  version: z.string(),
  database: z.literal("ok"),
});

export const healthProcedure = publicProcedure
  .route({ method: "GET", path: "/health", tags: ["System"], summary: "Whether web and its database answer" })
  .output(envelope(healthView))
  .handler(async ({ context }) => {
    try {
      await context.db.execute(sql`SELECT 1`);
    } catch (cause) {
      context.log.error({ err: cause }, "health: the database does not answer");
      throw new AppError("unavailable", "The database does not answer.", { cause, retryAfterSeconds: 5 });
    }
    return ok({ status: "ok", version: packageJson.version, database: "ok" } as const);
  });

/** One poller per pool, and so per process, however many bundles load this module. */
const feeds: typeof globalThis & { medforgeLiveFeeds?: WeakMap<Db, LiveFeed> } = globalThis;

function liveFeed({ db, log }: RequestContext): LiveFeed {
  feeds.medforgeLiveFeeds ??= new WeakMap();
  const known = feeds.medforgeLiveFeeds.get(db);
  if (known) return known;
  const feed = new ChangePoller(db, log);
  feeds.medforgeLiveFeeds.set(db, feed);
  return feed;
}

const liveChange = z.object({ topic: z.enum(changeTopics), resource: z.string().nullable() });

export const liveProcedure = userProcedure
  .route({
    method: "GET",
    path: "/live",
    tags: ["System"],
    summary: "Server-sent events: what changed, for pages to ask again",
  })
  .output(eventIterator(liveChange))
  .handler(async ({ context, signal }) =>
    liveFeed(context).listen(
      { userId: context.actor.userId, everybody: context.actor.role === "admin" },
      signal,
    ),
  );
