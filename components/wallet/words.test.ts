import { expect, it } from "vitest";
import { amountText, signedText } from "./amount";
import { referenceText } from "./words";

const zone = "America/New_York";

it("says money with its sign and its currency's decimals", () => {
  expect(signedText("-3", "CREDIT")).toBe("−3");
  expect(signedText("0.34", "CREDIT")).toBe("+0.34");
  expect(signedText("-2.5", "USD")).toBe("−2.50");
  expect(amountText("0.123456", "USD")).toBe("0.123456");
});

it("says which hour and which week a line is for", () => {
  const names = new Map([["gpu_a", "GPU 3 on gpu1"]]);
  expect(referenceText("slot:gpu_a:2026-12-05T19:00:00Z", names, zone)).toBe(
    "GPU 3 on gpu1, Sat 5 Dec 14:00 EST",
  );
  expect(referenceText("slot:gpu_b:2026-12-05T19:00:00Z", names, zone)).toMatch(/^a GPU that is gone, /);
  expect(referenceText("turn:2026-12-05:usr_x", names, zone)).toBe("week of 5 Dec");
  expect(referenceText("test", names, zone)).toBeNull();
});
