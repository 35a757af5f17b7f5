import { expect, it } from "vitest";
import { percentSent, type UnderWay, type UploadState, uploadAfter } from "./upload-state";

const file = new File(["abc"], "a.csv");
const moving: UnderWay = { at: "moving", of: 1, file, sentBytes: 1, why: null };
const paused: UnderWay = { ...moving, at: "paused" };
const accepted: UploadState = { at: "accepted", of: 1, file, id: "sub_aaaaaaaaaaaaaaaa" };

it("counts what is sent, and a pause stays one whatever arrives late", () => {
  expect(uploadAfter(moving, { of: 1, step: "sent", bytes: 2 })).toEqual({ ...moving, sentBytes: 2 });
  expect(uploadAfter(paused, { of: 1, step: "sent", bytes: 2 })).toEqual({ ...paused, sentBytes: 2 });
  expect(uploadAfter(paused, { of: 1, step: "wait", why: null })).toEqual(paused);
  expect(percentSent({ ...moving, sentBytes: 2 })).toBe(66);
});

it("waits, saying why, and goes on with the first byte that arrives", () => {
  const waiting = uploadAfter(moving, { of: 1, step: "wait", why: "Too many." });
  expect(waiting).toEqual({ ...moving, at: "waiting", why: "Too many." });
  expect(uploadAfter(waiting, { of: 1, step: "sent", bytes: 3 })).toEqual({ ...moving, sentBytes: 3 });
});

it("ends once: what comes after changes nothing", () => {
  const after = uploadAfter(moving, { of: 1, step: "accept", id: null });
  expect(after).toEqual({ at: "accepted", of: 1, file, id: null });
  const problem = { status: 409, detail: "closed", instance: "" };
  expect(uploadAfter(accepted, { of: 1, step: "refuse", problem })).toEqual(accepted);
  expect(uploadAfter({ at: "none" }, { of: 1, step: "sent", bytes: 3 })).toEqual({ at: "none" });
});

it("is given up only once the lab has heard of it, unless all of it was there by then", () => {
  const ending = uploadAfter(moving, { of: 1, step: "end" });
  expect(uploadAfter(ending, { of: 1, step: "sent", bytes: 2 })).toMatchObject({ at: "ending" });
  expect(uploadAfter(ending, { of: 1, step: "forget" })).toEqual({ at: "none" });
  expect(uploadAfter(ending, { of: 1, step: "accept", id: "sub_x" })).toMatchObject({
    at: "accepted",
    id: "sub_x",
  });
});

it("hears nothing of one before it", () => {
  const second = uploadAfter(accepted, { of: 2, step: "begin", file });
  expect(second).toEqual({ ...moving, of: 2, sentBytes: 0 });
  const problem = { status: 409, detail: "closed", instance: "" };
  for (const late of [
    { of: 1, step: "sent", bytes: 3 },
    { of: 1, step: "accept", id: null },
    { of: 1, step: "refuse", problem },
    { of: 1, step: "forget" },
  ] as const)
    expect(uploadAfter(second, late)).toEqual(second);
});
