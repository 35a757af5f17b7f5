import { expect, it } from "vitest";
import type { ImportView } from "@/lib/competitions/import-model";
import { isSettled, stepsOf } from "./import-steps";

const waiting: ImportView = {
  ...{ id: "imp_aaaaaaaaaaaaaaaa", filename: "a.zip", bytes: 3, exposure: "external", target: null },
  ...{ state: "WAITING", progress: null, problems: [], moreProblems: 0, competition: null, evaluation: null },
  ...{ createdAt: "2026-11-30T10:00:00.000Z", finishedAt: null },
};
const evaluation = { id: "evl_aaaaaaaaaaaaaaaa", number: 1, reason: null, current: false };
const looks = (view: ImportView) => stepsOf(view).map(({ tone, words }) => `${tone} ${words}`.trim());

it("shows the step that it is at, those that are done, and the worker's verdict after them", () => {
  expect(looks(waiting)).toEqual(["idle waits for its turn", "idle", "idle", "idle"]);
  const unpacking = { step: "unpack", done: 1, total: 3 } as const;
  const reading: ImportView = { ...waiting, state: "READING", progress: unpacking };
  expect(looks(reading)).toEqual(["working 33 %", "idle", "idle", "idle"]);
  const later = { ...reading, progress: { step: "store", done: 0, total: 0 } } as const;
  expect(looks(later)).toEqual(["ok done", "ok done", "working at it", "idle"]);
  const there: ImportView = {
    ...waiting,
    state: "IMPORTED",
    evaluation: { ...evaluation, state: "CHECKING" },
  };
  expect(looks(there)).toEqual(["ok done", "ok done", "ok done", "working being checked"]);
  expect(looks({ ...waiting, state: "REFUSED" })).toEqual(["bad refused"]);
});

it("is at its end with a refusal or a verdict, and not before", () => {
  const imported: ImportView = { ...waiting, state: "IMPORTED" };
  const states = ["CHECKING", "READY", "REFUSED"] as const;
  const settled = states.map((state) => isSettled({ ...imported, evaluation: { ...evaluation, state } }));
  expect(settled).toEqual([false, true, true]);
  expect([waiting, { ...waiting, state: "REFUSED" as const }].map(isSettled)).toEqual([false, true]);
});
