import fc from "fast-check";
import { expect, test } from "vitest";
import { IdPlaces } from "./id-places";

test("knows what a Map knows, whatever the ids", () => {
  const id = fc.oneof(fc.string({ unit: "binary", maxLength: 4 }), fc.nat(3000).map(String));
  fc.assert(
    fc.property(fc.array(id, { maxLength: 4000, size: "max" }), fc.array(id), (added, asked) => {
      const places = new IdPlaces();
      const map = new Map<string, number>();
      for (const one of added) {
        expect(places.add(one)).toBe(!map.has(one));
        if (!map.has(one)) map.set(one, map.size);
      }
      expect(places.ids).toEqual([...map.keys()]);
      for (const one of [...added, ...asked]) expect(places.get(one)).toBe(map.get(one));
    }),
    { seed: 1, numRuns: 50 },
  );
});
