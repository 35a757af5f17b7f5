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
