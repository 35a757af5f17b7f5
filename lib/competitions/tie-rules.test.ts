import fc from "fast-check";
import { expect, it } from "vitest";
import { orderKey } from "./rules";
import { tiesOf } from "./tie-rules";

const ranked = {
  primary: { metric: "auc", direction: "max" },
  tieBreak: [
    { metric: "loss", direction: "min" },
    { metric: "f1", direction: "max" },
  ],
} as const;

const keyOf = (submissionId: number, auc: number, loss: number | null, f1: number) => {
  const acceptedAt = `2026-11-30T09:43:00.00000${submissionId % 10}Z`;
  const key = orderKey(ranked, { submissionId, acceptedAt, metrics: { auc, loss, f1 } });
  if (key === null) throw new Error("It has no place.");
  return key;
};

it("names what tells equals apart, and who stands alone", () => {
  const keys = [keyOf(1, 0.9, 1, 1), keyOf(2, 0.8, 0.1, 1), keyOf(3, 0.8, 0.2, 0.7), keyOf(4, 0.8, 0.2, 0.6)];
  expect(tiesOf(ranked, keys)).toEqual([
    null,
    { metric: "loss", value: 0.1 },
    { metric: "loss", value: 0.2 },
    { metric: "f1", value: 0.6 },
  ]);
  expect(tiesOf(ranked, [keyOf(1, 0.5, 1, 1), keyOf(2, 0.5, 1, 1)])).toEqual([
    { metric: null, value: null },
    { metric: null, value: null },
  ]);
});

it("gives any value back as it was, and null as none", () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(value, value, (loss, other) => {
      fc.pre(loss !== other);
      expect(tiesOf(ranked, [keyOf(1, 0, loss, 0), keyOf(2, 0, other, 0)])).toMatchObject([
        { value: loss === 0 ? 0 : loss },
        { value: other === 0 ? 0 : other },
      ]);
    }),
  );
  expect(tiesOf(ranked, [keyOf(1, 0, 1, 0), keyOf(2, 0, null, 0)])).toMatchObject([
    { value: 1 },
    { value: null },
  ]);
});
