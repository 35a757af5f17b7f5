import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

export interface Target {
  socketPath?: string;
  host?: string;
  port?: number;
  path: string;
  method?: "GET" | "POST";
  body?: string;
  /** PEM of the authority to trust: speaks TLS. */
  ca?: string;
  /** In ms. */
  timeoutMs?: number;
}

export interface Answer {
  status: number;
  text: string;
}

/** Far above what any part answers, in bytes; whoever answers more is not to fill our memory. */
const maxAnswerBytes = 4 * 1024 * 1024;
/** A part that answers at all does so well within this, in ms. */
const defaultTimeoutMs = 5_000;

/** One small HTTP exchange with a part on this host. @throws Error when there is no answer. */
export function ask(target: Target): Promise<Answer> {
  const { body, timeoutMs = defaultTimeoutMs, ...where } = target;
  const send = target.ca === undefined ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const outgoing = send({ ...where, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > maxAnswerBytes) outgoing.destroy(new Error(`answered more than ${maxAnswerBytes} bytes`));
      });
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
