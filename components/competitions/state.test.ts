import { describe, expect, it } from "vitest";
import { changesText, phaseOf, rejectionSentence } from "./state";

describe("rejectionSentence", () => {
  it.each([
    [
      { line: 214, detail: "Line 214: “probability” is 1.2, and not between 0 and 1." },
      "Rejected at line 214: “probability” is 1.2, and not between 0 and 1.",
    ],
    [
      { line: 5, detail: "Line 5 has the id “a2” a second time." },
      "Rejected: line 5 has the id “a2” a second time.",
    ],
    [{ line: 7, detail: "The row is broken." }, "Rejected at line 7: The row is broken."],
    [
      { case: "c1", detail: "Another shape than the truth's." },
      "Rejected at case c1: Another shape than the truth's.",
    ],
    [{ case: "c1", detail: "The case “c1” is not there." }, "Rejected: The case “c1” is not there."],
    [{ detail: "This is no zip." }, "Rejected: This is no zip."],
  ])("%j", (problem, sentence) => {
    expect(rejectionSentence({ rule: "some", ...problem })).toBe(sentence);
  });
});

describe("phaseOf", () => {
  const published = { publishedAt: "2026-01-01T00:00:00Z", opensAt: null, closesAt: null };
  const now = Date.parse("2026-06-01T00:00:00Z");
  it.each([
    [published, "open"],
    [{ ...published, publishedAt: null }, "unpublished"],
    [{ ...published, opensAt: "2026-06-01T00:00:01Z" }, "upcoming"],
    [{ ...published, opensAt: "2026-06-01T00:00:00Z" }, "open"],
    [{ ...published, closesAt: "2026-06-01T00:00:00Z" }, "closed"],
    [{ ...published, closesAt: "2026-06-01T00:00:01Z" }, "open"],
  ] as const)("%j is %s", (dates, phase) => {
    expect(phaseOf(dates, now)).toBe(phase);
  });
});

describe("changesText", () => {
  const at = (id: string, state: "QUEUED" | "SCORED" | "REJECTED") => ({ id, filename: `${id}.csv`, state });
  it("names whichever changed, not the newest", () => {
    expect(changesText([at("b", "QUEUED"), at("a", "QUEUED")], [at("b", "QUEUED"), at("a", "SCORED")])).toBe(
      "a.csv: Scored.",
    );
  });

  it("names what came, and is silent about what was loaded below or did not change", () => {
    const before = [at("b", "SCORED")];
    expect(changesText(before, [at("c", "QUEUED"), at("b", "SCORED")])).toBe("c.csv: Queued.");
    expect(changesText(before, [at("b", "SCORED"), at("a", "SCORED")])).toBeNull();
    expect(changesText([], [at("a", "QUEUED")])).toBe("a.csv: Queued.");
    expect(changesText(before, before)).toBeNull();
  });

  it("counts those beyond what is listened to", () => {
    const [all, done] = (["QUEUED", "SCORED"] as const).map((state) =>
      ["e", "d", "c", "b", "a"].map((id) => at(id, state)),
    );
    expect(changesText(all ?? [], done ?? [])).toBe(
      "e.csv: Scored. d.csv: Scored. c.csv: Scored. 2 more changed.",
    );
  });
});
