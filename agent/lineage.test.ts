import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Generation, type PruneStep, pruneSteps } from "./lineage";

interface Dataset {
  readonly dataset: string;
  readonly number: number;
  origin: string | null;
  snapshots: string[];
}

/** ZFS as far as lineage goes. Refuses what ZFS refuses. */
class Model {
  #made = 0;
  current = 1;
  datasets: Dataset[] = [{ dataset: "w/g1", number: 1, origin: null, snapshots: [] }];

  #holder(id: string): Dataset {
    const found = this.datasets.find(({ snapshots }) => snapshots.includes(id));
    if (found === undefined) throw new Error(`no snapshot ${id}`);
    return found;
  }

  #head(): Dataset {
    const found = this.datasets.find(({ number }) => number === this.current);
    if (found === undefined) throw new Error("the current generation is gone");
    return found;
  }

  listed(): string[] {
    return this.datasets.flatMap(({ snapshots }) => snapshots).sort();
  }

  /** The states that a snapshot grew from, oldest first, ended by itself: what it holds. */
  history(id: string): string[] {
    const holder = this.#holder(id);
    const own = holder.snapshots.slice(0, holder.snapshots.indexOf(id) + 1);
    const origin = holder.origin?.split("@")[1];
    return [...(origin === undefined ? [] : this.history(origin)), ...own];
  }

  snapshot(): void {
    this.#head().snapshots.push(`s${this.#made++}`);
  }

  /** As the worker does it: the present is snapshotted, the clone is the new present. */
  restore(choice: number): void {
    this.snapshot();
    const all = this.listed();
    const id = all[choice % all.length] ?? "";
    const origin = `${this.#holder(id).dataset}@${id}`;
    this.current += 1;
    this.datasets.push({ dataset: `w/g${this.current}`, number: this.current, origin, snapshots: [] });
  }

  take(step: PruneStep): void {
    switch (step.act) {
      case "destroySnapshot": {
        const [dataset = "", id = ""] = step.name.split("@");
        const holder = this.#holder(id);
        if (holder.dataset !== dataset) throw new Error(`no ${step.name}`);
        if (this.datasets.some(({ origin }) => origin === step.name)) throw new Error("has dependent clones");
        holder.snapshots = holder.snapshots.filter((each) => each !== id);
        return;
      }
      case "destroyGeneration":
        if (step.generation.snapshots.length > 0) throw new Error("has children");
        this.datasets = this.datasets.filter(({ number }) => number !== step.generation.number);
        return;
      case "promote":
        this.#promote(step.generation);
    }
  }

  #promote({ number }: Generation): void {
    const heir = this.datasets.find((each) => each.number === number);
    const id = heir?.origin?.split("@")[1];
    if (heir === undefined || id === undefined) throw new Error("not a clone");
    const old = this.#holder(id);
    const moved = old.snapshots.slice(0, old.snapshots.indexOf(id) + 1);
    old.snapshots = old.snapshots.slice(moved.length);
    heir.snapshots = [...moved, ...heir.snapshots];
    const before = old.origin;
    for (const each of this.datasets) {
      const from = each.origin?.split("@")[1];
      if (from !== undefined && moved.includes(from)) each.origin = `${heir.dataset}@${from}`;
    }
    heir.origin = before;
    old.origin = `${heir.dataset}@${id}`;
  }

  prune(doomed: readonly string[]): void {
    for (let round = 0; round < 100; round++) {
      const steps = pruneSteps(this.datasets, this.current, new Set(doomed));
      if (steps.length === 0) return;
      for (const step of steps) this.take(step);
    }
    throw new Error("pruning does not end");
  }
}

const acts = fc.array(
  fc.oneof(
    fc.constant({ act: "snapshot" } as const),
    fc.record({ act: fc.constant("restore" as const), which: fc.nat() }),
    fc.record({ act: fc.constant("prune" as const), which: fc.array(fc.nat(), { maxLength: 4 }) }),
  ),
  { maxLength: 40 },
);

function lived(history: ReturnType<typeof acts.generate>["value"]): Model {
  const model = new Model();
  for (const one of history) {
    if (one.act === "snapshot") model.snapshot();
    else if (one.act === "restore") model.restore(one.which);
    else {
      const all = model.listed();
      if (all.length > 0) model.prune(one.which.map((n) => all[n % all.length] ?? ""));
    }
  }
  return model;
}

describe("pruning", () => {
  it("keeps each snapshot that isn't doomed, with what it holds, and the present state", () => {
    fc.assert(
      fc.property(acts, fc.array(fc.nat(), { maxLength: 6 }), (history, which) => {
        const model = lived(history);
        const all = model.listed();
        const doomed = all.length === 0 ? [] : which.map((n) => all[n % all.length] ?? "");
        const kept = all.filter((id) => !doomed.includes(id));
        const before = kept.map((id) => model.history(id).filter((each) => kept.includes(each)));
        const present = model.datasets.find(({ number }) => number === model.current);
        model.prune(doomed);
        expect(model.listed()).toEqual(expect.arrayContaining(kept));
        expect(kept.map((id) => model.history(id).filter((each) => kept.includes(each)))).toEqual(before);
        expect(model.datasets).toContain(present);
      }),
    );
  });

  it("leaves nothing but the present state once every snapshot is deleted, all at once or each for itself", () => {
    fc.assert(
      fc.property(acts, fc.boolean(), (history, atOnce) => {
        const model = lived(history);
        if (atOnce) model.prune(model.listed());
        while (model.listed().length > 0) {
          const before = model.listed();
          for (const id of before) model.prune([id]);
          // Whichever order somebody tries them in, some go each time.
          expect(model.listed().length).toBeLessThan(before.length);
        }
        model.prune(["none"]);
        expect(model.datasets.map(({ number }) => number)).toEqual([model.current]);
      }),
    );
  });

  it("never destroys a generation from the current one on", () => {
    const later: Generation[] = [
      { number: 1, dataset: "w/g1", origin: null, snapshots: ["a"] },
      { number: 2, dataset: "w/g2", origin: "w/g1@a", snapshots: [] },
      { number: 3, dataset: "w/g3", origin: "w/g1@a", snapshots: [] },
    ];
    expect(pruneSteps(later, 1, new Set(["a"]))).toEqual([]);
    expect(pruneSteps(later, 2, new Set(["a"]))).toEqual([]);
    expect(pruneSteps(later, 3, new Set(["a"]))).toMatchObject([
      { act: "destroyGeneration", generation: { number: 2 } },
    ]);
  });
});
