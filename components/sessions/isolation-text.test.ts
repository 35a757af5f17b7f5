import { expect, test } from "vitest";
import { isolationText } from "./isolation-text";

test("what a session reaches is said in a few words", () => {
  expect(isolationText("internal", { ok: true, refused: 9 })).toBe(
    "No egress (it reaches nothing outside): 9 probes refused",
  );
  expect(isolationText("external", { ok: true, refused: 1 })).toBe(
    "Nothing but the internet: 1 probe refused",
  );
  expect(isolationText("internal", { ok: false, refused: 8 })).toBe("Isolation is broken");
});
