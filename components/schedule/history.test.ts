import { expect, it } from "vitest";
import type { HistoryView } from "@/lib/schedule/model";
import { afterText, reignsOf } from "./history";

const at = (minute: number) => new Date(Date.UTC(2026, 11, 1, 12, minute)).toISOString();
const closesAt = at(59);

function historyOf(part: Partial<HistoryView>): HistoryView {
  return {
    gpuId: "gpu_a",
    slot: at(0),
    week: "2026-12-05",
    state: "sold",
    person: "ben",
    price: 2,
    bids: [
      { person: "ana", price: 1, placedAt: at(0), outcome: "outbid", endedAt: at(5) },
      { person: "ben", price: 2, placedAt: at(5), outcome: "won", endedAt: closesAt },
    ],
    leaders: [
      { from: at(0), person: "ana", price: 1 },
      { from: at(5), person: "ben", price: 2 },
    ],
    ...part,
  };
}

it("says who led until when: the winner until the close, whoever leads now without an end", () => {
  expect(reignsOf(historyOf({})).map(({ person, until, outcome }) => [person, until, outcome])).toEqual([
    ["ana", at(5), "outbid"],
    ["ben", closesAt, "won"],
  ]);
  const [ana] = historyOf({}).bids;
  const open = historyOf({
    state: "leading",
    bids: [{ ...ana, outcome: "leading", endedAt: null } as typeof ana & {}],
  });
  expect(reignsOf({ ...open, leaders: open.leaders.slice(0, 1) })).toMatchObject([
    { person: "ana", until: null, outcome: "leading" },
  ]);
});

it("says whose it is since, where its winner has it no more", () => {
  expect(afterText(historyOf({}))).toBe("");
  expect(afterText(historyOf({ state: "released", person: null, price: 0 }))).toBe("ben gave it back since.");
  expect(afterText(historyOf({ person: "eve", price: 1 }))).toBe(
    "ben gave it back since, and eve took it for 1 credit.",
  );
  const unsold = { bids: [], leaders: [] };
  expect(afterText(historyOf({ ...unsold, person: "eve", price: 1 }))).toBe("eve took it for 1 credit.");
  expect(afterText(historyOf({ ...unsold, state: "empty", person: null, price: 0 }))).toBe("");
  expect(afterText(historyOf({ ...unsold, state: "released", person: null, price: 0 }))).toBe(
    "It was taken and given back.",
  );
});
