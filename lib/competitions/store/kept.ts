import { rmSync } from "node:fs";
import type { Db } from "@/db/client";
import { AppError } from "@/lib/kernel/errors";
import { keep, type Staged } from "./intake";
import type { StoreLayout } from "./layout";
import { namedAmong } from "./sweep";

/** Sees to it that a file which no row names after all is not left in the store; one of these for each process. */
export class Kept {
  /** Files that are about to be named, by content. */
  private readonly underWay = new Map<string, number>();
  private arrivals = 0;

  constructor(private readonly store: StoreLayout) {}

  /**
   * Gives a file its name in the store for as long as `name` writes the row that names it. Where that is refused and no
   * other row has the same content, the file goes; where it fails, nobody knows whether the row is there, and the sweep looks
   * later.
   */
  async whileNamed<T>(db: Db, staged: Staged, name: () => Promise<T>): Promise<T> {
    const { sha256 } = staged;
    this.arrivals += 1;
    this.underWay.set(sha256, (this.underWay.get(sha256) ?? 0) + 1);
    let refusal: unknown;
    try {
      await keep(this.store, staged);
      return await name();
    } catch (error) {
      refusal = error;
      throw error;
    } finally {
      const left = (this.underWay.get(sha256) ?? 1) - 1;
      if (left === 0) this.underWay.delete(sha256);
      else this.underWay.set(sha256, left);
      // The refusal is what is said; a file that can't be removed now, the sweep finds.
      if (refusal instanceof AppError) await this.removeUnnamed(db, sha256).catch(() => undefined);
    }
  }

  private async removeUnnamed(db: Db, sha256: string): Promise<void> {
    const before = this.arrivals;
    const named = await namedAmong(db, [sha256]);
    // Whatever arrived during the look may have been named after it: that one is left to the sweep.
    if (named.size > 0 || this.underWay.has(sha256) || this.arrivals !== before) return;
    rmSync(this.store.submission(sha256), { force: true });
  }
}
