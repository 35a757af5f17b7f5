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
