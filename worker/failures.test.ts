import { expect, it } from "vitest";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { classify } from "./failures";

it.each(["invalid_input", "unknown_verb"] as const)(
  "%s is two versions that don't fit, and waits for an update",
  (code) => {
    expect(classify(new AgentError(code, "Input of session.start: …"))).toEqual({
      kind: "wait",
      condition: "Agent and worker are of different versions; update the older one.",
    });
  },
);

it("hands on what the agent did not say", () => {
  const bug = new TypeError("undefined is not a function");
  expect(() => classify(bug)).toThrow(bug);
});
