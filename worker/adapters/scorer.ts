import { connect } from "node:net";
import {
  maxAnswerBytes,
  type ScorerAnswer,
  type ScorerRequest,
  scorerAnswer,
  scorerRequest,
} from "@/lib/competitions/scorer-protocol";

/** No answer came, by nobody's fault who submitted something: the job is to be tried again. */
export class ScorerLost extends Error {
  override readonly name: string = "ScorerLost";
}

/** Nobody took the job: the scorer is not there, and nothing is known about the job. */
export class ScorerAway extends ScorerLost {
  override readonly name = "ScorerAway";
}

export interface ScorerClient {
  /**
   * Has a job done. Jobs beyond those that run at once wait for their turn, without a bound of their own.
   * @throws ScorerAway where no connection is taken; ScorerLost where the scorer ends or says what this program does not
   * know; the signal's reason once it is aborted, which ends the job
   */
  run(request: ScorerRequest, signal?: AbortSignal): Promise<ScorerAnswer>;
}

/** A client for the scorer behind `socketPath`. */
export function createScorerClient(socketPath: string): ScorerClient {
  return {
    async run(request, signal) {
      const line = JSON.stringify(scorerRequest.parse(request));
      signal?.throwIfAborted();
      const text = await exchange(socketPath, line, signal).catch((cause: Error) => {
        signal?.throwIfAborted();
        const Kind = isRefusal(cause) ? ScorerAway : ScorerLost;
        throw new Kind(`The scorer on ${socketPath} gave no answer: ${cause.message}`, { cause });
      });
      return understand(text);
    },
  };
}

function isRefusal(error: NodeJS.ErrnoException): boolean {
  return error.syscall === "connect";
}

function exchange(socketPath: string, line: string, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const abort = () => socket.destroy(new Error("nobody waits any more"));
    signal?.addEventListener("abort", abort);
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Written and not ended: an end would be the job's.
    socket.once("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) socket.destroy(new Error(`an answer larger than ${maxAnswerBytes} bytes`));
      else chunks.push(chunk);
    });
    socket.once("error", reject);
    socket.once("close", () => {
      signal?.removeEventListener("abort", abort);
      const text = Buffer.concat(chunks).toString("utf8");
      if (text.endsWith("\n")) resolve(text);
      else reject(new Error("the connection ended"));
    });
  });
}

function understand(text: string): ScorerAnswer {
  try {
    return scorerAnswer.parse(JSON.parse(text));
  } catch (cause) {
    throw new ScorerLost("The scorer's answer is not understood.", { cause });
  }
}
