import { describe, expect, it } from "vitest";
import type { OperationState, OperationView } from "@/lib/workspaces/model";
import { isUnderWay, operationLook } from "./words";

const operation = (state: OperationState, over: Partial<OperationView> = {}): OperationView => ({
  id: "opn_aaaaaaaaaaaaaaaa",
  kind: "restore",
  state,
  workspaceId: "wsp_aaaaaaaaaaaaaaaa",
  snapshotId: null,
  condition: null,
  error: null,
  createdAt: "2026-11-22T14:00:00.000Z",
  finishedAt: null,
  ...over,
});

describe("operationLook", () => {
  it.each([
    ["QUEUED", "working", "Restoring"],
    ["RUNNING", "working", "Restoring"],
    ["SUCCEEDED", "ok", "Restored"],
    ["FAILED", "bad", "The restore failed"],
  ] as const)("%s is %s: %s", (state, tone, title) => {
    expect(operationLook(operation(state))).toMatchObject({ tone, title });
  });
  it.each(["QUEUED", "RUNNING"] as const)("says what a %s one waits for", (state) => {
    expect(operationLook(operation(state, { condition: "The pool is full." })).detail).toBe(
      "The pool is full.",
    );
    expect(operationLook(operation(state)).detail).toMatch(/worker|host/);
  });

  it("gives the reason of a failure", () => {
    expect(operationLook(operation("FAILED", { error: "The pool is full." })).detail).toBe(
      "The pool is full.",
    );
  });
});

it("isUnderWay until it has ended", () => {
  expect(
    (["QUEUED", "RUNNING", "SUCCEEDED", "FAILED"] as const).map((state) => isUnderWay({ state })),
  ).toEqual([true, true, false, false]);
});
