import { expect, it } from "vitest";
import { hourReferenceOf } from "./references";
import { holdKey } from "./reservation-rules";
import { saleKey, slotReference } from "./slot-rules";

const hour = new Date("2026-12-05T05:00:00Z");
const slot = "2026-12-05T05:00:00Z";

it("reads what sales and bookings write, and of nothing else an hour", () => {
  const sold = { kind: "slot", id: "gpu_a1", slot };
  expect(hourReferenceOf(slotReference("gpu_a1", hour))).toEqual(sold);
  expect(hourReferenceOf(saleKey("gpu_a1", hour, 3))).toEqual(sold);
  expect(hourReferenceOf(holdKey("rsv_b2", hour))).toEqual({ kind: "reservation", id: "rsv_b2", slot });
  for (const other of ["turn:2026-12-05:usr_c3", "correction:req_1", "reservation:rsv_b2", "slot:x"]) {
    expect(hourReferenceOf(other), other).toBeNull();
  }
});
