import { expect, test } from "vitest";
import { minutesText } from "./minutes";

test.each([
  [5, "5 min"],
  [60, "1 h"],
  [90, "1 h 30 min"],
])("%i minutes read %s", (minutes, text) => expect(minutesText(minutes)).toBe(text));
