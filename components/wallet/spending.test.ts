import { expect, it } from "vitest";
import { weekAt } from "@/lib/schedule/rules";
import type { TransactionView } from "@/lib/wallet/model";
import { amountText, signedText } from "./amount";
import { spendingFrom, spendingOf, weeksShown } from "./spending";
import { referenceText } from "./words";

const zone = "America/New_York";

function line(at: string, amount: string, kind: TransactionView["kind"] = "bid"): TransactionView {
  return { id: `trf_${at}`, at, amount, balance: "0", currency: "CREDIT", kind, reference: "test" };
}

it("adds up weeks from Saturday by the lab's clocks, exactly, weeks of nothing among them", () => {
  const now = Date.parse("2026-12-09T12:00:00Z");
  const weeks = spendingOf(
    [
      // A second before Saturday's midnight in New York, and that midnight.
      line("2026-12-05T04:59:59Z", "-7"),
      line("2026-12-05T05:00:00Z", "-3"),
      line("2026-12-06T12:00:00Z", "0.34", "release"),
      line("2026-12-06T13:00:00Z", "0.1", "release"),
      line("2026-12-07T12:00:00Z", "100", "refill"),
    ],
    now,
    zone,
  );
  expect(weeks).toHaveLength(weeksShown);
  expect(weeks.slice(-3)).toEqual([
    { week: "2026-11-21", spent: "0" },
    { week: "2026-11-28", spent: "7" },
    { week: "2026-12-05", spent: "2.56" },
  ]);
});

it("asks for all of the first week that is drawn, and for the same all day", () => {
  for (const here of [zone, "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]) {
    // Every quarter of an hour of a week.
    for (
      let now = Date.parse("2026-12-04T00:00:00Z");
      now < Date.parse("2026-12-11T00:00:00Z");
      now += 900_000
    ) {
      const from = spendingFrom(now);
      const [first] = spendingOf([], now, here);
      expect(from.getTime()).toBeLessThanOrEqual(weekAt(first?.week ?? "", here).start.getTime());
      expect(from).toEqual(spendingFrom(Math.floor(now / 86_400_000) * 86_400_000));
    }
  }
});

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
