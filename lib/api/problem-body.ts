import { z } from "zod";

/** RFC 9457. `instance` is the request id, which is also in the log. */
export const problemBody = z.strictObject({
  type: z.string().describe("`urn:medforge:problem:` and a stable code"),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string().describe("The request id, to find the request in the log"),
  errors: z.record(z.string(), z.string()).optional().describe("One message per field, on 400"),
});
export type ProblemBody = z.output<typeof problemBody>;

export const problemContentType = "application/problem+json";
