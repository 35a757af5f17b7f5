import { expect, it } from "vitest";
import { type UploadState, uploadAfter } from "./use-upload";

const file = new File(["abc"], "a.csv");
const moving: UploadState = { at: "moving", file, sentBytes: 1 };
const paused: UploadState = { at: "paused", file, sentBytes: 1 };
const accepted: UploadState = { at: "accepted", file, submissionId: "sub_aaaaaaaaaaaaaaaa" };

it("counts what is sent, and a pause stays one whatever arrives late", () => {
  expect(uploadAfter(moving, { step: "sent", bytes: 2 })).toEqual({ at: "moving", file, sentBytes: 2 });
  expect(uploadAfter(paused, { step: "sent", bytes: 2 })).toEqual({ at: "paused", file, sentBytes: 2 });
  expect(uploadAfter(paused, { step: "wait" })).toEqual(paused);
});

it("waits for the connection, and goes on with the first byte that arrives", () => {
  const waiting = uploadAfter(moving, { step: "wait" });
  expect(waiting).toEqual({ at: "waiting", file, sentBytes: 1 });
  expect(uploadAfter(waiting, { step: "sent", bytes: 3 })).toEqual({ at: "moving", file, sentBytes: 3 });
});

it("ends once: what comes after changes nothing", () => {
  expect(uploadAfter(moving, { step: "accept", submissionId: null })).toEqual({
    at: "accepted",
    file,
    submissionId: null,
  });
  const problem = { status: 409, detail: "closed", instance: "" };
  expect(uploadAfter(accepted, { step: "refuse", problem })).toEqual(accepted);
  expect(uploadAfter({ at: "none" }, { step: "sent", bytes: 3 })).toEqual({ at: "none" });
});

it("begins anew from anywhere", () => {
  expect(uploadAfter(accepted, { step: "begin", file })).toEqual({ at: "moving", file, sentBytes: 0 });
  expect(uploadAfter(paused, { step: "forget" })).toEqual({ at: "none" });
});
