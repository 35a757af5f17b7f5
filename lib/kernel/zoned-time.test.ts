import { expect, it } from "vitest";
import { spanText } from "./zoned-time";

const span = (from: string, to: string, zone = "America/New_York") =>
  spanText(new Date(from), new Date(to), zone);

it("names the second day of a span only where it is another, and a day's end as its own", () => {
  expect(span("2026-12-05T14:00:00Z", "2026-12-05T19:00:00Z")).toBe("Sat 5 Dec 09:00–14:00 EST");
  expect(span("2026-12-06T03:00:00Z", "2026-12-06T07:00:00Z")).toBe("Sat 5 Dec 22:00–Sun 6 Dec 02:00 EST");
  expect(span("2026-12-06T01:00:00Z", "2026-12-06T05:00:00Z")).toBe("Sat 5 Dec 20:00–24:00 EST");
  expect(span("2026-12-05T05:00:00Z", "2026-12-07T05:00:00Z")).toBe("Sat 5 Dec 00:00–Sun 6 Dec 24:00 EST");
});

it("says which of two hours of one name is meant", () => {
  expect(span("2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z")).toBe("Sun 1 Nov 01:00 EDT–02:00 EST");
  expect(span("2026-12-05T03:30:00Z", "2026-12-05T04:30:00Z", "Asia/Kolkata")).toBe(
    "Sat 5 Dec 09:00–10:00 GMT+5:30",
  );
});
