import type { Readable } from "node:stream";
import { z } from "zod";
import type { Surface } from "@/lib/kernel/surface";
import { testEnv } from "./env";
import { type Answer, exchange } from "./http";

/** RFC 9457, as every failure of the API answers. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string(),
  errors: z.record(z.string(), z.string()).optional(),
});
export type Problem = z.output<typeof problem>;

const success = z.strictObject({ data: z.unknown(), meta: z.record(z.string(), z.unknown()) });

/** The API answered with a problem where the test wanted a success. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  constructor(
    readonly problem: Problem,
    call: string,
  ) {
    super(`${call}: ${problem.status} ${problem.title}: ${problem.detail} ${JSON.stringify(problem.errors)}`);
  }
}

/** The problem in an answer. @throws Error when it is not exactly one: wrong media type, wrong shape, wrong status. */
export function problemOf(answer: Answer): Problem {
  const type = answer.headers["content-type"] ?? "";
  if (!type.startsWith("application/problem+json")) {
    throw new Error(`${answer.status} came as "${type}", not as a problem: ${answer.text.slice(0, 500)}`);
  }
  const parsed = problem.parse(JSON.parse(answer.text));
  if (parsed.status !== answer.status) throw new Error(`HTTP ${answer.status} says it is ${parsed.status}`);
  return parsed;
}

/** Speaks to `/api/v2` as one browser (cookies, Origin) or one program (a bearer token). */
export class Api {
  private readonly cookies = new Map<string, string>();

  constructor(
    private readonly bearer?: string,
    readonly surface: Surface = "external",
  ) {}

  /** Where this surface is. */
  get origin(): string {
    const { MEDFORGE_TEST_URL, MEDFORGE_TEST_INTERNAL_URL } = testEnv();
    return this.surface === "internal" ? MEDFORGE_TEST_INTERNAL_URL : MEDFORGE_TEST_URL;
  }

  /** The same person at the other address: the same token, but cookies are one host's. */
  on(surface: Surface): Api {
    return surface === this.surface ? this : new Api(this.bearer, surface);
  }

  /** Sends `body` as it is, so that a test can be malformed on purpose. */
  async raw(
    method: string,
    path: string,
    body?: string | Buffer | Readable,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await exchange({
      method,
      origin: this.origin,
      path: path.startsWith("/api/") ? path : `/api/v2/${path}`,
      ...(body === undefined ? {} : { body }),
      headers: {
        ...this.identity(),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
    });
    for (const line of answer.headers["set-cookie"] ?? []) this.keep(line);
    return answer;
  }

  send(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.raw(method, path, body === undefined ? undefined : JSON.stringify(body));
  }

  /** The `data` of a success. @throws ApiProblem on any failure. */
  async call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>> {
    const answer = await this.send(method, path, body);
    if (answer.status >= 400) throw new ApiProblem(problemOf(answer), `${method} ${path}`);
    return schema.parse(success.parse(JSON.parse(answer.text)).data);
  }

  /** The problem that a call must end in. @throws Error when it succeeded. */
  async refused(method: string, path: string, body?: unknown): Promise<Problem> {
    const answer = await this.send(method, path, body);
    if (answer.status < 400)
      throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return problemOf(answer);
  }

  /** For a browser that should be this person. */
  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookieEntries(): { name: string; value: string }[] {
    return [...this.cookies].map(([name, value]) => ({ name, value }));
  }

  private identity(): Record<string, string> {
    if (this.bearer !== undefined) return { authorization: `Bearer ${this.bearer}` };
    const cookie = this.cookieHeader();
    return { origin: this.origin, ...(cookie && { cookie }) };
  }

  private keep(setCookie: string): void {
    const [pair = "", ...attributes] = setCookie.split(";");
    const split = pair.indexOf("=");
    const [name, value] = [pair.slice(0, split).trim(), pair.slice(split + 1)];
    const ended = value === "" || attributes.some((text) => /^\s*max-age=0$/i.test(text));
    if (ended) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
