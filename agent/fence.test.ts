import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Fence } from "./fence";

const now = new Date("2026-11-22T00:00:00Z");
const mine = "ins_aaaaaaaaaaaaaaaa";
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-fence-"));
});

afterEach(() => rm(dir, { recursive: true }));

async function openFence(): Promise<Fence> {
  const fence = new Fence(join(dir, "generations"));
  await fence.open(now);
  return fence;
}

it("admits a generation exactly when none higher was seen of that installation, however often the agent restarts", async () => {
  const step = fc.record({
    installation: fc.constantFrom(mine, "ins_bbbbbbbbbbbbbbbb"),
    slug: fc.constantFrom("aaaaaaaa", "bbbbbbbb"),
    generation: fc.integer({ min: 1, max: 9 }),
    restart: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await rm(join(dir, "generations"), { recursive: true, force: true });
      let fence = await openFence();
      const highest = new Map<string, number>();
      for (const { installation, slug, generation, restart } of steps) {
        if (restart) fence = await openFence();
        const session = `${installation} ${slug}`;
        const seen = highest.get(session) ?? 0;
        const admitted = await fence.admit(installation, slug, generation).then(
          () => true,
          () => false,
        );
        expect(admitted).toBe(generation >= seen);
        highest.set(session, Math.max(seen, generation));
      }
    }),
    { numRuns: 50 },
  );
});

it("forgets sessions that were silent for three months", async () => {
  const fence = await openFence();
  await fence.admit(mine, "aaaaaaaa", 7);
  const old = new Date("2026-08-01T00:00:00Z");
  await utimes(join(dir, "generations", `${mine}.aaaaaaaa`), old, old);
  await expect((await openFence()).admit(mine, "aaaaaaaa", 1)).resolves.toBeUndefined();
});
