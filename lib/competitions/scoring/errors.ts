/** Where in a submission: lines count from 1, the header's is the first. */
export interface Where {
  line?: number;
  column?: string;
  /** The id of an image or a volume. */
  case?: string;
}

/** A submission that gets no score, by its submitter's fault: where, which rule, and one sentence. */
export class Rejection extends Error {
  override readonly name = "Rejection";

  constructor(
    /** In kebab case, such as `duplicate-id`: stable, for programs. */
    readonly rule: string,
    readonly where: Where,
    message: string,
  ) {
    super(message);
  }
}

/** In ids' own order, by UTF-16 code unit. */
export function byId(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * The id that a rejection names of several: the first by `byId`. Never the first of the truth, whose rows often lie in the
 * order of their labels: whoever left out other ids each time would learn that order, private rows and all.
 */
export function firstId(ids: readonly string[]): string | undefined {
  return ids.reduce<string | undefined>(
    (first, id) => (first === undefined || byId(id, first) < 0 ? id : first),
    undefined,
  );
}

/** An evaluation or a truth that nothing can be scored by, by its admin's fault. */
export class BrokenEvaluation extends Error {
  override readonly name = "BrokenEvaluation";
}

/**
 * Whether there was no memory for something: what that says of a file depends on the machine, so it rejects none. V8 says
 * it of array buffers in words alone, Node of its own buffers and of zlib by code.
 */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return (
    code === "ERR_MEMORY_ALLOCATION_FAILED" ||
    code === "Z_MEM_ERROR" ||
    (error instanceof RangeError && error.message.includes("allocation failed"))
  );
}
