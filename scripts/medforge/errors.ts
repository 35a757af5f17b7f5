/** Set-up can't go on. `message` says what is wrong with which thing, `cure` what the operator does about it. */
export class SetupError extends Error {
  override readonly name = "SetupError";

  constructor(
    message: string,
    readonly cure: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** An error for the operator: of a defect also where it comes from. */
export function told(error: unknown): string {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
