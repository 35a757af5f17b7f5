import { expect, test } from "vitest";
import { inventHistory, randomFrom } from "./history";

const now = new Date("2026-11-22T12:00:00Z");
const workspaces = ["a", "b", "c"];
const invent = () => inventHistory(2, workspaces, now, randomFrom(7));

test("the same seed invents the same lab", () => {
  expect(invent()).toEqual(invent());
});

test("nothing overlaps on a GPU or in a workspace, and nothing reaches into the present", () => {
  const sessions = invent();
  expect(sessions.length).toBeGreaterThan(50);
  for (const key of ["gpu", "workspace"] as const) {
    for (const index of new Set(sessions.map((session) => session[key]))) {
      const own = sessions.filter((session) => session[key] === index);
      for (const [position, session] of own.entries()) {
        const next = own[position + 1];
        if (next) expect(session.endedAt.getTime()).toBeLessThanOrEqual(next.createdAt.getTime());
      }
    }
  }
  for (const session of sessions) expect(session.endedAt.getTime()).toBeLessThan(now.getTime());
});

test("every timeline runs forward from the request to the end", () => {
  for (const { events, createdAt, endedAt } of invent()) {
    const times = events.map((event) => event.at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0], times.at(-1)]).toEqual([createdAt.getTime(), endedAt.getTime()]);
  }
});
