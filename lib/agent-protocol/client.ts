import { request } from "node:http";
import { AgentError, agentErrorBody, type VerbInput, type VerbName, type VerbResult, verbs } from "./verbs";

/** How long a verb may take before the caller gives up, in ms: restoring and stopping wait for disks and grace periods. */
const timeoutMs: Partial<Record<VerbName, number>> = {
  health: 5_000,
  usage: 5_000,
  metrics: 5_000,
  "sessions.stats": 8_000,
  "session.logs": 8_000,
  "gpu.processes": 8_000,
  "session.start": 120_000,
  "session.stop": 400_000,
  "workspace.destroy": 300_000,
  "workspace.restore": 300_000,
};
const defaultTimeoutMs = 60_000;
/** Far above any honest answer; stops a broken peer from filling memory. */
const maxAnswerBytes = 16 * 1024 * 1024;

export interface AgentClient {
  /**
   * Calls one verb and returns its validated result.
   * @throws AgentError with the agent's code, or `unreachable` when no answer came, which says nothing about whether
   * the verb took effect: every verb is idempotent, so call again.
   */
  call<Name extends VerbName>(verb: Name, input: VerbInput<Name>): Promise<VerbResult<Name>>;
}

function post(socketPath: string, verb: VerbName, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        path: `/v1/${verb}`,
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: timeoutMs[verb] ?? defaultTimeoutMs,
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

/** A client for the agent behind `socketPath`. For the worker alone. */
export function createAgentClient(socketPath: string): AgentClient {
  return {
    async call(verb, input) {
      const body = JSON.stringify(verbs[verb].input.parse(input));
      const answer = await post(socketPath, verb, body).catch((cause: Error) => {
        throw new AgentError(
          "unreachable",
          `The agent on ${socketPath} did not answer ${verb}: ${cause.message}`,
          { cause },
        );
      });
      const json: unknown = JSON.parse(answer.text);
      if (answer.status === 200) return verbs[verb].result.parse(json) as VerbResult<typeof verb>;
      const failure = agentErrorBody.parse(json);
      throw new AgentError(failure.code, failure.message);
    },
  };
}
