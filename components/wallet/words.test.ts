import { expect, it } from "vitest";
import { amountText, signedText } from "./amount";
import { whatText, whichText } from "./words";

const zone = "America/New_York";

it("says money with its sign and its currency's decimals", () => {
  expect(signedText("-3", "CREDIT")).toBe("−3");
  expect(signedText("0.34", "CREDIT")).toBe("+0.34");
  expect(signedText("-2.5", "USD")).toBe("−2.50");
  expect(amountText("0.123456", "USD")).toBe("0.123456");
});

it("says which hour and which week a line is for", () => {
  const hour = {
    gpuId: "gpu_a",
    gpu: "GPU 3 on gpu1",
    slot: "2026-12-05T19:00:00Z",
    cancelledLate: false,
  };
  const which = (reference: string, of: typeof hour | null = null) =>
    whichText({ reference, hour: of }, zone);
  expect(which("slot:gpu_a:2026-12-05T19:00:00Z", hour)).toBe("GPU 3 on gpu1, Sat 5 Dec 14:00 EST");
  expect(which("turn:2026-12-05:usr_x")).toBe("week of 5 Dec");
  expect(which("test")).toBeNull();
  expect(whatText({ kind: "reservation", hour })).toBe("Reserved hour");
  expect(whatText({ kind: "reservation", hour: { ...hour, cancelledLate: true } })).toBe(
    "Reserved hour, cancelled too late to be free",
  );
});
