import { expect, it } from "vitest";
import { layoutOf } from "./hours";

const zone = "America/New_York";

it("lays a week of 168 hours out as seven days of the clock's hours", () => {
  const { rows, days, places, names } = layoutOf("2026-12-05T05:00:00Z", 168, zone);
  expect(rows.map(({ label }) => label)).toEqual(
    Array.from({ length: 24 }, (_, h) => String(h).padStart(2, "0")),
  );
  expect(days.map(({ label }) => label)).toEqual([
    "Sat 5 Dec",
    "Sun 6 Dec",
    "Mon 7 Dec",
    "Tue 8 Dec",
    "Wed 9 Dec",
    "Thu 10 Dec",
    "Fri 11 Dec",
  ]);
  expect(days.flatMap(({ hours }) => hours)).toEqual([...Array(168).keys()]);
  expect(places[30]).toEqual({ day: 1, row: 6 });
  expect(names[30]).toBe("Sun 6 Dec 06:00");
});

it("leaves a gap where clocks skip an hour, and gives one that comes twice a row of its own", () => {
  // Clocks go forward on Sunday 8 March 2026 at 02:00, and back on Sunday 1 November.
  const spring = layoutOf("2026-03-07T05:00:00Z", 167, zone);
  expect(spring.rows).toHaveLength(24);
  expect(spring.days[1]?.hours.slice(0, 4)).toEqual([24, 25, null, 26]);
  expect(spring.days.flatMap(({ hours }) => hours).filter((hour) => hour !== null)).toHaveLength(167);

  const autumn = layoutOf("2026-10-31T04:00:00Z", 169, zone);
  expect(autumn.rows).toHaveLength(25);
  expect(autumn.rows[2]).toEqual({ key: "01+", label: "01", again: true });
  expect(autumn.days[0]?.hours.slice(0, 4)).toEqual([0, 1, null, 2]);
  expect(autumn.days[1]?.hours.slice(0, 4)).toEqual([24, 25, 26, 27]);
  expect(autumn.names[26]).toBe("Sun 1 Nov 01:00, the second");
});

it("keeps to whole hours in zones half an hour off", () => {
  const { days } = layoutOf("2026-12-04T18:30:00Z", 168, "Asia/Kolkata");
  expect(days.map(({ hours }) => hours.length)).toEqual(Array(7).fill(24));
  expect(days[0]?.date).toBe("2026-12-05");
});
