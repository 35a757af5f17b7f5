import { expect, it } from "vitest";
import type { ImportView } from "@/lib/competitions/import-model";
import { isSettled, stepsOf } from "./import-steps";
import { nextWords, takesForceWords, waitingChanges } from "./import-words";

const waiting: ImportView = {
  ...{ id: "imp_aaaaaaaaaaaaaaaa", filename: "a.zip", bytes: 3, exposure: "external", target: null },
  ...{ state: "WAITING", progress: null, problems: [], moreProblems: 0, competition: null, evaluation: null },
  ...{ waiting: null, createdAt: "2026-11-30T10:00:00.000Z", finishedAt: null },
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

const competition: NonNullable<ImportView["competition"]> = {
  ...{ slug: "a", title: "A", created: true, publishedAt: null, cases: { public: 1, private: 1 } },
  ...{ files: 2, hasBaseline: false, changed: [] },
};
const ready = { ...evaluation, state: "READY", current: true } as const;
const fresh: ImportView = { ...waiting, state: "IMPORTED", competition, evaluation: ready };
const published: ImportView = {
  ...fresh,
  competition: { ...competition, publishedAt: "2026-11-30T10:00:00.000Z" },
};

it("says of a fresh one that it is published, and of a next evaluation alone that it scores anew", () => {
  expect(nextWords(fresh)).toBe("Everything is right. Only administrators see it until it is published.");
  expect(nextWords(published)).toBe("It is published: those it is for see it, take its data and submit.");
  expect(nextWords({ ...published, evaluation: { ...ready, number: 2 } })).toContain(
    "Evaluation 2 is in force, and the competition is published: what was submitted before is scored by it anew",
  );
});

it("says of a live one what would change, what that hides, and leaves the widening to its switch", () => {
  const wishes = {
    ...{ widens: true, revealed: false, submitters: 3, replaces: { number: 1, revealed: true } },
    changes: [
      { field: "title", before: "A", after: "B" },
      { field: "visibility", before: "invite", after: "public" },
    ],
  };
  const live: ImportView = {
    ...published,
    evaluation: { ...ready, number: 2, current: false },
    waiting: wishes,
  };
  expect(nextWords(live)).toBe("Everything is right, and waits for your word.");
  expect([false, true].map((widen) => waitingChanges(live, widen).length)).toEqual([1, 2]);
  expect(takesForceWords(live)).toEqual([
    "Evaluation 2 would take the place of evaluation 1. What 3 people have submitted is scored anew; the old board stays readable.",
    "The private board of evaluation 1 is open to everybody; that of evaluation 2 is closed until it is revealed itself.",
  ]);
  expect(takesForceWords({ ...live, waiting: { ...wishes, revealed: true } })).toHaveLength(1);
});
