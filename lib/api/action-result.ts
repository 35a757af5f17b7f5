import type { ProblemBody } from "./problem-body";

/** What a server action gives its page: the procedure's data, or the same problem that REST would answer. */
export type ActionResult<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly problem: ProblemBody };
