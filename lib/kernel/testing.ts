import { expect } from "vitest";
import { AppError } from "./errors";

/** The code that it is refused with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error, "it is refused").toBeInstanceOf(AppError);
  return (error as AppError).code;
}

/** The codes that all of these are refused with. */
export async function codesOf(works: readonly Promise<unknown>[]): Promise<string[]> {
  return [...new Set(await Promise.all(works.map(codeOf)))];
}
