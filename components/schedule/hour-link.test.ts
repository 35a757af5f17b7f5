import { expect, it } from "vitest";
import type { HourView } from "@/lib/schedule/hours-model";
import { offerHref } from "./hour-link";

const hour: HourView = {
  slot: "2026-12-05T15:00:00.000Z",
  person: null,
  offer: "take",
  price: 1,
  week: "2026-12-05",
};
const at = "?gpu=gpu_0&hour=2026-12-05T15%3A00%3A00.000Z";

it("an hour's link leads where it can be had: to its week, or to what is booked whatever week it is in", () => {
  expect(offerHref("gpu_0", hour)).toBe(`/schedule/2026-12-05${at}`);
  expect(offerHref("gpu_0", { ...hour, offer: "bid" })).toBe(`/schedule/2026-12-05${at}`);
  for (const week of [hour.week, null])
    expect(offerHref("gpu_0", { ...hour, offer: "book", week })).toBe(`/schedule/reserve${at}`);
  expect(offerHref("gpu_0", { ...hour, offer: null })).toBeNull();
});
