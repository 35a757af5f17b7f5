import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gpuStatusInput, type LiveStatusView } from "./model";
import { actualUser, agreementOf, disclosed, outsideName, type Seen, totalsOf, type UsedHour } from "./rules";

const seen = (counts: Record<string, number>): Seen[] =>
  Object.entries(counts).map(([person, samples]) => ({ person, samples }));

describe("a name that a monitor sends", () => {
  const isRead = (name: string) =>
    gpuStatusInput.safeParse({ timestamp: "2026-12-05T05:00:00Z", usage: { "0": [name] } }).success;

  it("is of letters that can be seen: none that turns or hides the ones beside it", () => {
    const seen = ["ana", "root", "svc_train-01$", "Ana Müller", "김민준", "אנה", "राम", "ana@uni.example"];
    expect(seen.filter((name) => !isRead(name))).toEqual([]);
    // Right-to-left override and isolate, zero-width space and joiner, soft hyphen, byte order mark, Hangul filler,
    // variation selector, tag, line separator, escape.
    const hidden = "202E 2067 200B 200D AD FEFF 3164 FE0F E0041 2028 1B".split(" ");
    const letter = (hex: string) => String.fromCodePoint(Number.parseInt(hex, 16));
    expect(hidden.filter((hex) => isRead(`an${letter(hex)}a`))).toEqual([]);
  });
});

describe("the actual user of an hour", () => {
  const of = (
    counts: Record<string, number>,
    assigned: string | null = null,
    samples = 60,
    busySamples = 30,
  ) => actualUser({ samples, busySamples }, seen(counts), assigned)?.person ?? null;

  it("is whom most samples saw, whoever held it", () => {
    expect(of({ ana: 10, ben: 20 }, "ana")).toBe("ben");
    expect(of({ ana: 21, ben: 20 })).toBe("ana");
  });

  it("of equals is the holder, then somebody with a name, then the first by name", () => {
    expect(of({ ana: 20, zoe: 20 }, "zoe")).toBe("zoe");
    expect(of({ [outsideName]: 20, zoe: 20 })).toBe("zoe");
    expect(of({ [outsideName]: 20, zoe: 20 }, "ana")).toBe("zoe");
    expect(of({ ben: 20, ana: 20 }, "zoe")).toBe("ana");
  });

  it("is nobody where fewer than a tenth of the samples saw anybody, and not where most saw nobody", () => {
    expect(of({ ana: 6 }, "ana", 60, 6)).toBe("ana");
    expect(of({ ana: 5 }, "ana", 60, 5)).toBeNull();
    expect(of({}, "ana", 60, 0)).toBeNull();
    expect(of({ ana: 1 }, null, 1, 1)).toBe("ana");
  });

  it("does not depend on the order in which people were seen", () => {
    const people = fc.uniqueArray(
      fc.record({
        person: fc.constantFrom("ana", "ben", "cy", outsideName, "Zoe"),
        samples: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, selector: ({ person }) => person },
    );
    fc.assert(
      fc.property(people, fc.constantFrom(null, "ana", "cy", "nobody"), (list, assigned) => {
        const sampled = { samples: 3, busySamples: 3 };
        const actual = actualUser(sampled, list, assigned);
        expect(actualUser(sampled, [...list].reverse(), assigned)).toEqual(actual);
        expect(actual?.samples).toBe(Math.max(...list.map(({ samples }) => samples)));
      }),
    );
  });
});

const hour = (over: Partial<UsedHour>): UsedHour => ({
  over: true,
  samples: 60,
  busySamples: 0,
  assigned: null,
  assignedSamples: 0,
  actual: null,
  actualSamples: 0,
  ...over,
});
const usedBy = (actual: string, samples: number, over: Partial<UsedHour> = {}) =>
  hour({ busySamples: samples, actual, actualSamples: samples, ...over });

it.each([
  [hour({}), "free"],
  [hour({ assigned: "ana" }), "held_idle"],
  [usedBy("ana", 50, { assigned: "ana" }), "as_held"],
  [usedBy("ben", 50, { assigned: "ana" }), "by_another"],
  [usedBy("ben", 50), "not_held"],
  [hour({ samples: 0, assigned: "ana" }), "not_seen"],
  [usedBy("ana", 50, { over: false, assigned: "ana" }), "not_over"],
] as const)("%j is %s", (of, agreement) => {
  expect(agreementOf(of)).toBe(agreement);
});

describe("what people held and used", () => {
  it("counts hours that are over, and of those held by the share of their samples", () => {
    const totals = totalsOf([
      usedBy("ana", 60, { assigned: "ana", assignedSamples: 60 }),
      // Half an hour was looked at, and half of that she was on it.
      usedBy("ana", 15, { samples: 30, assigned: "ana", assignedSamples: 15 }),
      usedBy("ben", 40, { assigned: "ana", assignedSamples: 20 }),
      hour({ assigned: "ana" }),
      hour({ assigned: "ana", samples: 0 }),
      hour({ assigned: "ana", over: false }),
      usedBy("ben", 60),
    ]);
    expect(totals).toEqual([
      { person: "ana", held: 5, seen: 4, used: 1.83, idle: 1, lost: 1, elsewhere: 0 },
      { person: "ben", held: 0, seen: 0, used: 0, idle: 0, lost: 0, elsewhere: 2 },
    ]);
  });

  it("adds up: each held hour that was looked at was its holder's, idle or lost, and nobody was on more than they held", () => {
    const name = fc.constantFrom(null, "ana", "ben");
    const any = fc
      .record({ assigned: name, actual: name, busy: fc.nat(60), own: fc.nat(60), over: fc.boolean() })
      .map(({ assigned, actual, busy, own, over }) =>
        hour({
          ...{ assigned, over, busySamples: busy, assignedSamples: Math.min(busy, own) },
          ...(busy === 0 ? {} : { actual, actualSamples: actual === null ? 0 : busy }),
        }),
      );
    fc.assert(
      fc.property(fc.array(any), (hours) => {
        for (const { person, held, seen: looked, used, idle, lost } of totalsOf(hours)) {
          const asHeld = hours.filter((of) => of.assigned === person && agreementOf(of) === "as_held").length;
          expect(looked).toBeLessThanOrEqual(held);
          expect(asHeld + idle + lost).toBe(looked);
          expect(used).toBeLessThanOrEqual(looked);
        }
      }),
    );
  });
});

describe("the live view", () => {
  const view: LiveStatusView = {
    now: "2026-11-30T20:00:00.000Z",
    gpus: [
      {
        id: "gpu_aaaaaaaaaaaaaaaa",
        index: 0,
        model: "A100",
        state: "used",
        node: "icu-gpu1",
        assigned: "ana",
        users: ["ben"],
      },
    ],
  };

  it("tells nobody's name and no host's to strangers, and names alone where the lab says so", () => {
    const of = (signedIn: boolean, publicNames: boolean) => disclosed(view, { signedIn, publicNames });
    expect(JSON.stringify(of(false, false))).not.toMatch(/ana|ben|icu/);
    expect(of(false, false).gpus[0]).toMatchObject({ index: 0, model: "A100", state: "used" });
    expect(of(false, true).gpus[0]).toMatchObject({ node: null, assigned: "ana", users: ["ben"] });
    expect(of(true, false)).toEqual(view);
  });
});
