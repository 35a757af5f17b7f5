import { AppError } from "@/lib/kernel/errors";

/** Counts what somebody does at the same time on this process, up to a bound. */
export class Turns {
  private readonly running = new Map<number, number>();

  constructor(private readonly most: number) {}

  /** Whether one more may be begun. */
  isFree(userId: number): boolean {
    return (this.running.get(userId) ?? 0) < this.most;
  }

  /** @throws AppError `too_many` when as many are at it already */
  async take<T>(userId: number, work: () => Promise<T>): Promise<T> {
    const count = this.running.get(userId) ?? 0;
    if (count >= this.most) {
      throw new AppError("too_many", `You are sending ${count} files already. Wait until one has arrived.`, {
        retryAfterSeconds: 10,
      });
    }
    this.running.set(userId, count + 1);
    try {
      return await work();
    } finally {
      const left = (this.running.get(userId) ?? 1) - 1;
      if (left === 0) this.running.delete(userId);
      else this.running.set(userId, left);
    }
  }
}
