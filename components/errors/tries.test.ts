import { afterEach, beforeEach, expect, it, vi } from "vitest";

const page = { readyState: "complete", busy: false };
let kept: Map<string, string>;

/** As each document has it: the module's memory is new, what the browser keeps is not. */
async function newDocument() {
  vi.resetModules();
  vi.clearAllTimers();
  return await import("./tries");
}

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  Object.assign(page, { readyState: "complete", busy: false });
  vi.stubGlobal("document", {
    get readyState() {
      return page.readyState;
    },
    querySelector: () => (page.busy ? {} : null),
  });
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("counts over a reload and forgets once the page has stood for a while", async () => {
  expect((await newDocument()).countTries(3)).toBe(true);
  const { countedTries, forgetOnceWell } = await newDocument();
  forgetOnceWell();
  vi.advanceTimersByTime(29_000);
  expect(countedTries()).toBe(3);
  vi.advanceTimersByTime(2_000);
  expect(countedTries()).toBe(0);
});

it.each([
  ["the document", { readyState: "interactive" }],
  ["the page in it", { busy: true }],
])("forgets nothing as long as %s is still loading, however long that takes", async (_what, state) => {
  const { countedTries, countTries, forgetOnceWell } = await newDocument();
  countTries(3);
  Object.assign(page, state);
  forgetOnceWell();
  vi.advanceTimersByTime(10 * 60_000);
  expect(countedTries()).toBe(3);
  Object.assign(page, { readyState: "complete", busy: false });
  vi.advanceTimersByTime(30_000);
  expect(countedTries()).toBe(0);
});

it("forgets nothing while a failure shows, and after it only from its end on", async () => {
  const { countedTries, countTries, failureShown, forgetOnceWell } = await newDocument();
  countTries(2);
  const gone = failureShown();
  forgetOnceWell();
  vi.advanceTimersByTime(10 * 60_000);
  gone();
  vi.advanceTimersByTime(29_000);
  expect(countedTries()).toBe(2);
  vi.advanceTimersByTime(1_000);
  expect(countedTries()).toBe(0);
});

it("counts in memory where the browser keeps nothing, and says that a reload loses it", async () => {
  const refuse = () => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("sessionStorage", { getItem: refuse, setItem: refuse });
  const { countedTries, countTries, triesOutliveDocument } = await newDocument();
  expect(countedTries()).toBe(0);
  expect(countTries(2)).toBe(false);
  expect(countedTries()).toBe(2);
  expect(triesOutliveDocument()).toBe(false);
});

it("takes what somebody else wrote for nothing", async () => {
  kept.set("medforge-tries", "4 of them");
  expect((await newDocument()).countedTries()).toBe(0);
});
