/** One row of the security table: something an attacker tries, and what stands in the way. */
export interface Trial<Cast> {
  tried: string;
  /** In the words of whatever refuses it, where it has any. */
  refused: string;
  /** Tries it for real. @throws AssertionError when it is not refused, or not so. */
  run(cast: Cast): Promise<void>;
}

/** What the tables tell of a trial. */
export type TrialRow = Pick<Trial<never>, "tried" | "refused">;
