import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { SubmissionCases } from "@/lib/competitions/model";
import { maskIn } from "./mask-archive";
import { worstFirst } from "./mask-cases";

describe("worstFirst", () => {
  const one = (id: string, values: SubmissionCases["cases"][number]["values"]) =>
    ({ id, split: "public", values }) as const;
  const cases = [
    one("good", { "1": { dice: 0.9, hd_mm: 1 }, "2": { dice: 0.7, hd_mm: 9 } }),
    one("none", { "1": { dice: null, hd_mm: null } }),
    one("bad", { "1": { dice: 0.1, hd_mm: 3 }, "2": { dice: null, hd_mm: 2 } }),
  ];

  it("orders by the mean over labels of what ranks, whichever way is better", () => {
    expect(worstFirst(cases, { metric: "mean_dice", direction: "max" })).toEqual([
      { id: "bad", score: 0.1 },
      { id: "good", score: 0.8 },
      { id: "none", score: null },
    ]);
    const [worst] = worstFirst(cases, { metric: "mean_hd_mm", direction: "min" });
    expect(worst).toEqual({ id: "good", score: 5 });
  });
});

describe("maskIn", () => {
  const zip = zipSync({ "a.nii": strToU8("plain"), "b.nii.gz": strToU8("packed") });

  it("takes one case's mask out and leaves the others packed", () => {
    expect(maskIn(zip, "a")).toEqual(strToU8("plain"));
    expect(maskIn(zip, "b")).toEqual(strToU8("packed"));
  });

  it("says what is not there, and what is no zip", () => {
    expect(() => maskIn(zip, "c")).toThrow("The submission has no mask of this case.");
    expect(() => maskIn(strToU8("x"), "a")).toThrow("could not be read as a zip");
  });
});
