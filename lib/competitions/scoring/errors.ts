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
