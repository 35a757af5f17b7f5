import { describe, expect, it } from "vitest";
import { type NoticeContent, noticeContent, noticeTones } from "./model";
import { noticeText } from "./rules";

const at = "2026-11-25T19:05:00.000Z";
const zone = "America/New_York";
const session = { slug: "k3x7q2ab", exposure: "external" } as const;
const gb = 1024 ** 3;
const workspace = {
  exposure: "internal",
  workspaceId: "wsp_aaaaaaaaaaaaaaaa",
  name: "chest-xray",
  of: "files",
  limitBytes: 50 * gb,
} as const;

const contest = { slug: "fine-needle", exposure: "internal", title: "Fine needle" } as const;
const submission = {
  ...contest,
  submissionId: "sub_aaaaaaaaaaaaaaaa",
  filename: "predictions.csv",
  count: 1,
} as const;

const samples: NoticeContent[] = [
  { kind: "session_time_limit", ...session },
  { kind: "session_hours_used_up", ...session },
  { kind: "session_hour_ended", ...session },
  {
    kind: "session_failed",
    ...session,
    reason: "The session ran out of memory and its container was ended.",
  },
  { kind: "session_ending", ...session, stopsAt: at },
  { kind: "session_hours_ending", ...session, stopsAt: at },
  {
    kind: "session_hour_ending",
    ...session,
    stopsAt: at,
    minutes: 10,
    next: { person: "ben", booked: false },
  },
  { kind: "session_started", ...session, gpu: "GPU 0 on gpu1" },
  {
    ...{ kind: "session_start_waiting", exposure: "external", gpu: "GPU 0 on gpu1", slot: at },
    ...{ reason: "GPU 0 (A100) is in use by ben until 14:00 EST.", until: at },
  },
  {
    ...{ kind: "session_not_started", exposure: "external", gpu: "GPU 0 on gpu1", slot: at },
    reason: "Add an SSH public key first: without one nobody could log in to the session.",
  },
  {
    kind: "session_restarted",
    ...session,
    reason: "The GPU host was restarted. Starting the session again.",
    cause: "host",
  },
  { kind: "workspace_filling", ...workspace, percent: 80, usedBytes: 40.25 * gb },
  { kind: "account_changed", canUseInternal: true, maxSessions: 3, maxGpuHoursPerWeek: null },
  { kind: "session_isolation_broken", ...session, finding: "It reached 169.254.169.254." },
  { kind: "node_unreachable", node: "gpu1", since: at },
  { kind: "node_back", node: "gpu1", since: at },
  { kind: "submission_rejected", ...submission, detail: "Line 21: “probability” is 1.2.", line: 21 },
  { kind: "submission_failed", ...submission },
  { kind: "submission_scored", ...submission },
  { kind: "private_revealed", ...contest },
  { kind: "evaluation_scored", ...contest, number: 2, rejected: 0 },
  { kind: "slots_outbid", week: "2026-11-28", gpu: "GPU 0 on gpu1", slot: at, price: 3, count: 1 },
  {
    kind: "week_turned",
    week: "2026-11-28",
    closedAt: at,
    hours: 20,
    paid: 21,
    lapsed: "35.75",
    refilled: "100",
  },
  {
    kind: "reservation_cancelled",
    reservationId: "rsv_aaaaaaaaaaaaaaaa",
    gpu: "GPU 0 on gpu1",
    slot: at,
    why: "by_admin",
    reason: null,
    refund: "3 credits",
  },
  {
    ...{ kind: "reservation_hours_lost", reservationId: "rsv_aaaaaaaaaaaaaaaa", gpu: "GPU 0 on gpu1" },
    ...{ slot: at, hours: 2, why: "gpu_absent", refund: "3 credits" },
  },
  { kind: "hours_given_up", led: 1, held: 2, refund: "0.68" },
  {
    ...{ kind: "scoring_failed", ...contest, evaluation: "evl_aaaaaaaaaaaaaaaa", number: 2 },
    ...{ submissionId: submission.submissionId, failure: "It crashed\nat once" },
  },
  { kind: "ledger_mismatch", username: null, finding: "All accounts in CREDIT come to 1, and not to 0." },
];

describe("noticeText", () => {
  it("has a sample of every kind here", () => {
    const kinds = noticeContent.options.map(({ shape }) => shape.kind.value);
    expect(samples.map(({ kind }) => kind)).toEqual(kinds);
  });

  it.each(samples.map((content) => [content.kind, content] as const))("%s", (_kind, content) => {
    const { title, body, tone, href } = noticeText(noticeContent.parse(content), zone);
    expect(title).not.toMatch(/undefined|null|NaN|!/);
    expect(body).toMatch(/\.$/);
    expect(body).not.toMatch(/undefined|null|NaN|!/);
    expect(noticeTones).toContain(tone);
    expect(href).toMatch(
      /^\/((sessions|workspaces|competitions|admin|schedule)\/|(schedule|wallet|settings)$|home#launch$)/,
    );
  });

  it("tells of hours that are not charged which is the first of them", () => {
    const lost = {
      kind: "reservation_hours_lost",
      reservationId: "rsv_aaaaaaaaaaaaaaaa",
      gpu: "GPU 0 on gpu1",
      slot: at,
      why: "host_silent",
      refund: "3 credits",
    } as const;
    const bodyOf = (hours: number) => noticeText({ ...lost, hours }, zone).body;
    expect(bodyOf(1)).toMatch(/^Wed 25 Nov 14:05 EST\. Nothing could start/);
    expect(bodyOf(3)).toMatch(/^The first of them is Wed 25 Nov 14:05 EST\. /);
  });

  it("leads to a submission, or of several to the list, on the competition's own side", () => {
    const rejected = {
      kind: "submission_rejected",
      ...submission,
      detail: "Line 21: no.",
      line: 21,
    } as const;
    expect(noticeText(rejected, zone)).toMatchObject({
      title: "predictions.csv was rejected at line 21",
      href: "/competitions/fine-needle/submissions/sub_aaaaaaaaaaaaaaaa",
      surface: "internal",
    });
    expect(noticeText({ ...rejected, count: 3 }, zone)).toMatchObject({
      title: "3 submissions were rejected",
      body: expect.stringContaining("The last, predictions.csv: Line 21: no."),
      href: "/competitions/fine-needle/submissions",
    });
    const anew = { kind: "evaluation_scored", ...contest, number: 2, rejected: 4 } as const;
    expect(noticeText(anew, zone)).toMatchObject({
      body: expect.stringContaining("rejected 4"),
      tone: "warn",
    });
  });

  it("tells of an hour that was lost with day and price, of several how many", () => {
    const lost = { kind: "slots_outbid", week: "2026-11-21", gpu: "GPU 0 on gpu1", slot: at } as const;
    expect(noticeText({ ...lost, price: 1, count: 1 }, zone)).toMatchObject({
      title: "You were outbid on GPU 0 on gpu1, Wed 25 Nov 14:05 EST",
      body: expect.stringContaining("It is now at 1 credit."),
      href: "/schedule/2026-11-21",
    });
    expect(noticeText({ ...lost, price: 3, count: 12 }, zone)).toMatchObject({
      title: "You were outbid 12 times",
      body: expect.stringContaining("The last, GPU 0 on gpu1, Wed 25 Nov 14:05 EST, is now at 3 credits."),
    });
    const closed = noticeText({ ...lost, price: 3, count: 1, closed: true }, zone);
    expect(closed).toMatchObject({ tone: "idle", href: "/schedule/2026-11-21" });
    expect(closed.body).toMatch(/^It was then at 3 credits\. Bidding on the week has closed: /);
  });

  it("tells what a week's turn came to: what was won, what lapsed, what came", () => {
    const week = { week: "2026-12-05", closedAt: at } as const;
    const turned = { kind: "week_turned", ...week, lapsed: "35.75", refilled: "100" } as const;
    expect(noticeText({ ...turned, hours: 20, paid: 20 }, zone)).toMatchObject({
      title: "You won 20 hours of the week of 5 Dec",
      body: "They cost 20 credits. Bidding closed on Wed 25 Nov 14:05 EST. Of what was left 35.75 credits lapsed. 100 credits came.",
      href: "/schedule/2026-12-05",
    });
    expect(noticeText({ ...turned, hours: 1, paid: 1, lapsed: "0", refilled: "0" }, zone).body).toBe(
      "It cost 1 credit. Bidding closed on Wed 25 Nov 14:05 EST.",
    );
    expect(noticeText({ ...turned, hours: 0, paid: 0 }, zone)).toMatchObject({
      title: "35.75 credits lapsed at the week's turn",
      body: "Bidding on the week of 5 Dec closed on Wed 25 Nov 14:05 EST, and of what you had left that part lapsed. 100 credits came.",
      href: "/wallet",
    });
  });

  it("tells times in the reader's zone", () => {
    const ending = { kind: "session_ending", ...session, stopsAt: at } as const;
    expect(noticeText(ending, zone).title).toBe("Session k3x7q2ab stops at 14:05 EST");
    const hour = { kind: "session_hour_ending", ...session, stopsAt: at, minutes: 4 } as const;
    const told = (next: { person: string | null; booked: boolean }) =>
      noticeText({ ...hour, next }, zone).body;
    expect(told({ person: "ben", booked: false })).toMatch(/ben has the next hour\.$/);
    expect(told({ person: null, booked: true })).toMatch(/: book it under GPU time to go on\.$/);
    expect(noticeText(ending, "UTC").title).toBe("Session k3x7q2ab stops at 19:05 UTC");
  });

  it("says how much of what is used, and turns from warning to alarm", () => {
    const about = { kind: "workspace_filling", ...workspace, usedBytes: 40.25 * gb } as const;
    expect(noticeText({ ...about, percent: 80 }, zone)).toMatchObject({
      title: "Workspace chest-xray is 80 % full",
      body: expect.stringContaining("40.3 of 50 GB"),
      tone: "warn",
      href: "/workspaces/wsp_aaaaaaaaaaaaaaaa",
      surface: "internal",
    });
    expect(noticeText({ ...about, percent: 95 }, zone).tone).toBe("bad");
    const space = noticeText({ ...about, of: "space", percent: 80 }, zone);
    expect(space.title).toBe("Workspace chest-xray with its snapshots is 80 % full");
    expect(space.body).toContain("delete snapshots");
  });

  it.each([
    ["engine", "Files are as they were"],
    ["host", "not synced may be lost"],
    ["workspace", "not synced may be lost"],
    [undefined, "not synced may be lost"],
  ] as const)("says of files after an interruption by %s what is so", (cause, files) => {
    const restarted = { kind: "session_restarted", ...session, reason: "It was restarted.", cause } as const;
    expect(noticeText(restarted, zone).body).toContain(files);
  });

  it("names only what an admin changed, and the absence of a limit", () => {
    const changed = { kind: "account_changed", maxGpuHoursPerWeek: null, maxDiskGb: 200 } as const;
    expect(noticeText(changed, zone).body).toBe("Now: no limit of GPU-hours a week, 200 GB of workspaces.");
    const one = { kind: "account_changed", maxGpuHoursPerWeek: 1 } as const;
    expect(noticeText(one, zone).body).toBe("Now: 1 GPU-hour a week.");
    const shorter = { kind: "account_changed", maxDurationMinutes: 480 } as const;
    expect(noticeText(shorter, zone).body).toBe("Now: sessions of up to 8 h.");
    const withdrawn = { kind: "account_changed", canUseInternal: false } as const;
    expect(noticeText(withdrawn, zone).body).toBe("Now: no more sessions without internet.");
  });
});
