import { expect, it } from "vitest";
import type { FaultRecord } from "@/e2e/support/fault-record";
import { faultLines } from "./fault-table";

const trial = { kind: "trial", fault: "SIGKILL of web", phase: "start", passed: true } as const;

it("makes one line of trials that came out the same, with the shortest and the longest recovery", () => {
  const records: FaultRecord[] = [
    { ...trial, moment: "requested", state: "RUNNING", recoverMs: 900 },
    { ...trial, moment: "container: start", state: "RUNNING", recoverMs: 2_340 },
    { ...trial, phase: "stop", moment: "asked", state: "STOPPED", recoverMs: 1_000 },
    { kind: "note", text: "Coming and going" },
  ];
  expect(faultLines(records)).toEqual([
    { fault: trial.fault, at: "start, 2 times", state: "RUNNING", recovery: "0.9–2.3 s", leaks: "none" },
    { fault: trial.fault, at: "stop: asked", state: "STOPPED", recovery: "1.0 s", leaks: "none" },
  ]);
});

it("never passes a failure off as a recovery", () => {
  const failed = { ...trial, passed: false, state: "one mount too many", recoverMs: null };
  expect(faultLines([failed])).toMatchObject([{ state: "FAILED: one mount too many", recovery: "–" }]);
});
