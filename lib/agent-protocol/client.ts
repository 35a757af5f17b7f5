import { request } from "node:http";
import type { z } from "zod";
import { AgentError, agentErrorBody, type VerbInput, type VerbName, type VerbResult, verbs } from "./verbs";

/** How long a verb may take before the caller gives up, in ms: restoring and stopping wait for disks and grace periods. */
const timeoutMs: Partial<Record<VerbName, number>> = {
  health: 5_000,
  usage: 5_000,
  "session.probe": 25_000,
  metrics: 5_000,
  "sessions.stats": 8_000,
  "session.logs": 8_000,
  "gpu.processes": 8_000,
  "session.start": 120_000,
  "session.stop": 400_000,
  "workspace.destroy": 300_000,
  "workspace.prune": 300_000,
  "workspace.restore": 300_000,
};
const defaultTimeoutMs = 60_000;
/** Far above any honest answer; stops a broken peer from filling memory. */
const maxAnswerBytes = 16 * 1024 * 1024;

export interface AgentClient {
  /**
   * Calls one verb and returns its validated result.
   * @throws AgentError with the agent's code, or `unreachable` when no answer came, which says nothing about whether
   * the verb took effect: every verb is idempotent, so call again; the signal's reason once it is aborted, which stops
   * the waiting and not the verb.
   */
  call<Name extends VerbName>(
    verb: Name,
    input: VerbInput<Name>,
    signal?: AbortSignal,
  ): Promise<VerbResult<Name>>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(socketPath: string, verb: VerbName, body: string, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        // A connection of its own: one kept from before may be closed by the agent just when it is used again.
        agent: false,
        path: `/v1/${verb}`,
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: timeoutMs[verb] ?? defaultTimeoutMs,
        signal,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxAnswerBytes)
            outgoing.destroy(new Error(`answer larger than ${maxAnswerBytes} bytes`));
          else chunks.push(chunk);
        });
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
        incoming.on("error", reject);
      },
    );
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`no answer within ${timeoutMs[verb] ?? defaultTimeoutMs} ms`)),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** @throws AgentError what the agent says, or `failed` when it says what this program does not know */
function understand<Name extends VerbName>(verb: Name, { status, text }: Answer): VerbResult<Name> {
  let failure: z.output<typeof agentErrorBody>;
  try {
    const json: unknown = JSON.parse(text);
    if (status === 200) return verbs[verb].result.parse(json) as VerbResult<Name>;
    failure = agentErrorBody.parse(json);
  } catch (cause) {
    const message = `The agent's answer to ${verb} is not understood: update the older of agent and worker`;
    throw new AgentError("failed", message, { cause });
  }
  throw new AgentError(failure.code, failure.message);
}

/** A client for the agent behind `socketPath`. For the worker alone. */
export function createAgentClient(socketPath: string): AgentClient {
  return {
    async call(verb, input, signal) {
      const body = JSON.stringify(verbs[verb].input.parse(input));
      const answer = await post(socketPath, verb, body, signal).catch((cause: Error) => {
        signal?.throwIfAborted();
        throw new AgentError(
          "unreachable",
          `The agent on ${socketPath} did not answer ${verb}: ${cause.message}`,
          { cause },
        );
      });
      return understand(verb, answer);
    },
  };
}
