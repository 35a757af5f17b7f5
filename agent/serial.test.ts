import fc from "fast-check";
import { expect, it } from "vitest";
import { KeyedQueue } from "./serial";

it("never runs two tasks of one key at a time, keeps their order, and lets keys run side by side", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 20 }),
      async (s, keys) => {
        const queue = new KeyedQueue();
        const running = new Set<string>();
        const order: Record<string, number[]> = {};
        const tasks = keys.map((key, index) =>
          queue.run(key, async () => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            await s.schedule(Promise.resolve(), `${key}${index}`);
            running.delete(key);
            order[key] = [...(order[key] ?? []), index];
            if (index % 3 === 0) throw new Error("a failure does not hold up those behind");
          }),
        );
        const settled = Promise.allSettled(tasks);
        await s.waitFor(settled);
        expect((await settled).map((result) => result.status === "rejected")).toEqual(
          keys.map((_, index) => index % 3 === 0),
        );
        for (const indexes of Object.values(order))
          expect(indexes).toEqual([...indexes].sort((x, y) => x - y));
        expect(queue.busyKeys).toBe(0);
      },
    ),
  );
});
