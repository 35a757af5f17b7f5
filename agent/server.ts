import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import {
  AgentError,
  type AgentErrorCode,
  agentErrorBody,
  type VerbName,
  verbs,
} from "@/lib/agent-protocol/verbs";
import type { Logger } from "@/lib/kernel/log";

/** A hundred keys of 16 KiB would not fit, a hundred real ones fit many times over. */
const maxBodyBytes = 1024 * 1024;
/** A local peer sends its few kilobytes at once; one that doesn't is broken. */
const requestTimeoutMs = 10_000;
/** The worker's loops, with room to spare. */
const maxConnections = 256;

const statusOf: Record<AgentErrorCode, number> = {
  invalid_input: 400,
  unknown_verb: 404,
  stale_generation: 409,
  gpu_busy: 409,
  port_busy: 409,
  no_such_gpu: 404,
  no_such_pack: 404,
  no_such_workspace: 404,
  no_such_snapshot: 404,
  no_such_session: 404,
  identity_mismatch: 409,
  workspace_not_mounted: 409,
  workspace_in_use: 409,
  no_space: 507,
  engine_unavailable: 503,
  storage_unavailable: 503,
  failed: 500,
};

/** Carries out a verb whose input has been validated. */
export type Dispatch = (verb: VerbName, input: unknown) => Promise<unknown>;

/** Told how long each request took and how it ended: `ok`, or the error's code. */
export type ObserveVerb = (verb: string, outcome: string, seconds: number) => void;

const isVerb = (name: string): name is VerbName => Object.hasOwn(verbs, name);

/** Reads what is too large to its end as well: a caller that still wrote as the connection closed would miss the answer. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  if (size > maxBodyBytes)
    throw new AgentError("invalid_input", `The body is larger than ${maxBodyBytes} bytes`);
  return Buffer.concat(chunks).toString();
}

function parseInput(verb: VerbName, body: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new AgentError("invalid_input", `The body of ${verb} is not JSON`, { cause });
  }
  const parsed = verbs[verb].input.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AgentError("invalid_input", `Input of ${verb}: ${z.prettifyError(parsed.error)}`);
}

function verbOf(request: IncomingMessage): VerbName {
  const name = /^\/v1\/([A-Za-z.]{1,64})$/.exec(request.url ?? "")?.[1] ?? "";
  if (request.method === "POST" && isVerb(name)) return name;
  throw new AgentError("unknown_verb", "There is no such verb");
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** What of an input helps to find a line again; keys and quotas don't. */
function logFields(input: unknown): Record<string, unknown> {
  const known = z
    .object({ slug: z.string().optional(), workspaceId: z.string().optional() })
    .safeParse(input);
  return known.success ? known.data : {};
}

interface Behind {
  readonly dispatch: Dispatch;
  readonly log: Logger;
  readonly observe: ObserveVerb;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch, log, observe }: Behind,
) {
  const startedAt = performance.now();
  const fields: Record<string, unknown> = { verb: request.url?.slice(0, 80) };
  let verb: VerbName | "unknown" = "unknown";
  const done = (outcome: string) => {
    const durationMs = performance.now() - startedAt;
    observe(verb, outcome, durationMs / 1_000);
    return { ...fields, durationMs: Math.round(durationMs) };
  };
  try {
    verb = verbOf(request);
    fields.verb = verb;
    const input = parseInput(verb, await readBody(request));
    Object.assign(fields, logFields(input));
    const result = verbs[verb].result.parse(await dispatch(verb, input));
    respond(response, 200, result);
    log.info(done("ok"), "verb done");
  } catch (cause) {
    const code = cause instanceof AgentError && cause.code !== "unreachable" ? cause.code : "failed";
    const expected = cause instanceof AgentError && code !== "failed";
    log[expected ? "warn" : "error"]({ ...done(code), code, err: cause }, "verb refused");
    if (code === "invalid_input") response.setHeader("connection", "close");
    const message = cause instanceof AgentError ? cause.message : "The agent failed; its log says why";
    respond(response, statusOf[code], agentErrorBody.parse({ code, message }));
  }
}

/** The HTTP side of the agent: `POST /v1/<verb>` with a JSON body. A caller that hangs up does not stop its verb. */
export function createAgentServer(
  dispatch: Dispatch,
  log: Logger,
  observe: ObserveVerb = () => undefined,
): Server {
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    answer(request, response, { dispatch, log, observe }).catch((cause: unknown) => {
      log.error({ err: cause }, "answer could not be sent");
      response.destroy();
    });
  });
  server.maxConnections = maxConnections;
  return server;
}
