import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { changes, competitions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { seedPerson } from "@/lib/auth/testing";
import { competitionChanged } from "@/lib/competitions/commands/context";
import { invite } from "@/lib/competitions/commands/invites";
import { seedCompetition } from "@/lib/competitions/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { createLog } from "@/lib/kernel/log";
import { seedUser } from "@/lib/sessions/testing";
import { ChangePoller, type LiveChange } from "./live";
import { testCaller, testServices } from "./testing";
import { liveStreamsPerUser } from "./tunables";

let test: TestDatabase;
let stop = new AbortController();
beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});
afterAll(() => test.close());

const poller = () => new ChangePoller(test.db, createLog("test", "silent"));
const change = (userId: number | null, resource: string) =>
  inTransaction(test.db, (tx) => recordChange(tx, { userId, topic: "sessions", resource }));

async function take(stream: AsyncGenerator<LiveChange>, count: number): Promise<(string | null)[]> {
  const heard: (string | null)[] = [];
  for await (const { resource } of stream) {
    heard.push(resource);
    if (heard.length === count) break;
  }
  return heard;
}

it("tells a user of their own changes and of everybody's, an admin of all, each once", async () => {
  await change(1, "before");
  const feed = poller();
  const user = await feed.listen({ userId: 1, everybody: false }, stop.signal);
  const admin = await feed.listen({ userId: 9, everybody: true }, stop.signal);
  await change(1, "mine");
  await change(2, "theirs");
  await change(null, "all");
  await change(1, "end");
  expect(await take(user, 3)).toEqual(["mine", "all", "end"]);
  expect(await take(admin, 4)).toEqual(["mine", "theirs", "all", "end"]);
});

it("tells of a competition those alone who may see it", async () => {
  const admin = await seedUser(test.db, { role: "admin" });
  const insider = await seedUser(test.db, { canUseInternal: true });
  const guest = await seedUser(test.db);
  const open = await seedCompetition(admin);
  const internal = await seedCompetition(admin, { exposure: "internal" });
  const closed = await seedCompetition(admin, { settings: { visibility: "invite" } });
  const hidden = await seedCompetition(admin, { published: false });
  await invite(admin, { slug: closed.slug, userId: guest.actor.publicId });
  await test.db.delete(changes);
  const feed = poller();
  const hear = ({ actor }: typeof admin) =>
    feed.listen({ userId: actor.userId, everybody: actor.role === "admin" }, stop.signal);
  const streams = [await hear(admin), await hear(insider), await hear(guest)];
  const all = [open, internal, closed, hidden];
  const nameOf = new Map<string | null, string>();
  for (const [index, { slug }] of all.entries()) {
    const [row] = await test.db.select().from(competitions).where(eq(competitions.slug, slug));
    const { publicId } = required(row, slug);
    nameOf.set(publicId, ["open", "internal", "closed", "hidden"][index] ?? "");
    await inTransaction(test.db, (tx) => competitionChanged(tx, { publicId }));
  }
  const expected = [
    ["open", "closed", "hidden"],
    ["open", "internal"],
    ["open", "closed"],
  ];
  await change(null, "end");
  for (const [index, stream] of streams.entries()) {
    const heard = await take(stream, (expected[index]?.length ?? 0) + 1);
    expect(heard.map((id) => nameOf.get(id) ?? id)).toEqual([...(expected[index] ?? []), "end"]);
  }
});

it("hears a change whose transaction commits after later ones", async () => {
  const feed = poller();
  const stream = await feed.listen({ userId: 1, everybody: false }, stop.signal);
  const slow = await test.db.$client.getConnection();
  await slow.query("START TRANSACTION");
  await slow.query("INSERT INTO changes (user_id, topic, resource, at) VALUES (1, 'sessions', 'slow', ?)", [
    new Date(),
  ]);
  await change(1, "fast");
  expect((await stream.next()).value).toMatchObject({ resource: "fast" });
  await slow.query("COMMIT");
  slow.release();
  await change(1, "last");
  expect((await take(stream, 2)).sort()).toEqual(["last", "slow"]);
});

it("stops polling when nobody listens and starts again without repeating", async () => {
  const feed = poller();
  const first = new AbortController();
  const one = await feed.listen({ userId: 1, everybody: false }, first.signal);
  await change(1, "one");
  expect(await take(one, 1)).toEqual(["one"]);
  first.abort();
  const two = await feed.listen({ userId: 1, everybody: false }, stop.signal);
  await change(1, "two");
  expect(await take(two, 1)).toEqual(["two"]);
});

it("ends when the client goes, and refuses one user's too many streams", async () => {
  const feed = poller();
  const who = { userId: 1, everybody: false };
  const clients = Array.from({ length: liveStreamsPerUser }, () => new AbortController());
  const streams = await Promise.all(clients.map(({ signal }) => feed.listen(who, signal)));
  await expect(feed.listen(who, stop.signal)).rejects.toBeInstanceOf(AppError);
  await feed.listen({ userId: 2, everybody: false }, stop.signal);
  const ended = Promise.all(streams.map((stream) => stream.next()));
  for (const client of clients) client.abort();
  expect((await ended).every(({ done }) => done)).toBe(true);
  await feed.listen(who, AbortSignal.abort());
});

it("is served as server-sent events to whoever is signed in", async () => {
  const { actor, context } = await seedPerson(test.db, "listener");
  const call = testCaller(testServices(test.db));
  expect((await call({ method: "GET", path: "/live" })).status).toBe(401);
  const as = { cookie: context.cookies.header() };
  const response = await call({ method: "GET", path: "/live", as, signal: stop.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await change(actor.userId, "ses");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk);
    if (text.includes("data:")) break;
  }
  expect(text).toContain('event: message\ndata: {"topic":"sessions","resource":"ses"}\n\n');
  await test.db.delete(changes);
});

it("forgets a stream that is dropped before anything was read", async () => {
  const feed = poller();
  for (let i = 0; i <= liveStreamsPerUser; i++) {
    const stream = await feed.listen({ userId: 1, everybody: false }, undefined);
    await stream.return(undefined);
  }
});

it("keeps no stream open for HEAD, which nobody reads", async () => {
  const call = testCaller(testServices(test.db));
  const { context } = await seedPerson(test.db, "header");
  const as = { cookie: context.cookies.header() };
  for (let i = 0; i <= liveStreamsPerUser; i++) {
    expect((await call({ method: "HEAD", path: "/live", as })).status).toBe(200);
  }
  const live = await call({ method: "GET", path: "/live", as, signal: stop.signal });
  expect(live.status).toBe(200);
});
