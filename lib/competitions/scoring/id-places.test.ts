import fc from "fast-check";
import { expect, test } from "vitest";
import { IdPlaces } from "./id-places";

test("knows what a Map knows, whatever the ids", () => {
  const id = fc.oneof(fc.string({ unit: "binary", maxLength: 4 }), fc.nat(3000).map(String));
  fc.assert(
    fc.property(fc.array(id, { minLength: 600, maxLength: 1500 }), fc.array(id), (added, asked) => {
      const places = new IdPlaces();
      const map = new Map<string, number>();
      const isNew = added.map((one) => {
        const before = map.size;
        if (!map.has(one)) map.set(one, before);
        return map.size > before;
      });
      expect(added.map((one) => places.add(one))).toEqual(isNew);
      expect(places.ids).toEqual([...map.keys()]);
      const all = [...added, ...asked];
      expect(all.map((one) => places.get(one))).toEqual(all.map((one) => map.get(one)));
    }),
    { seed: 1, numRuns: 20 },
  );
});
