import { lookup } from "node:dns";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { testEnv } from "./env";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Of the body, as it came over the wire. */
  bytes: number;
}

export interface Call {
  method: string;
  /** The installation's external address unless said otherwise. */
  origin?: string;
  /** Path and query below the origin. */
  path: string;
  headers?: Record<string, string>;
  /** A stream is sent as it comes, without its length unless the headers have it. */
  body?: string | Buffer | Readable;
}

/** No honest answer takes longer, in ms; a restart of the web server under test may be in between. */
const answerTimeoutMs = 30_000;

let agent: Agent | undefined;

/** Names below localhost are this host's (RFC 6761), which browsers and curl know and resolvers often don't. */
const loopbackForLocalhost: LookupFunction = (hostname, options, callback) => {
  lookup(hostname.endsWith(".localhost") ? "localhost" : hostname, options, callback);
};

/** Verifies the certificate against the installation's own authority, as a browser that imported it does. */
function trustingAgent(): Agent {
  agent ??= new Agent({
    ca: readFileSync(testEnv().MEDFORGE_TEST_CA),
    keepAlive: true,
    maxSockets: 256,
    lookup: loopbackForLocalhost,
  });
  return agent;
}

/** For tests that give the installation another authority: the next call reads it anew. */
export function forgetAuthority(): void {
  agent?.destroy();
  agent = undefined;
}

/** What TLS is asked for: the address itself, whatever a test claims in Host. An IP address is never a server name. */
const nameOf = (url: URL): string => (isIP(url.hostname) === 0 ? url.hostname : "");

/** One HTTPS exchange with the installation. Any status is an answer. @throws Error when none came. */
export function exchange(call: Call): Promise<Answer> {
  const url = new URL(call.path, call.origin ?? testEnv().MEDFORGE_TEST_URL);
  const stream = call.body instanceof Readable ? call.body : undefined;
  const body = call.body === undefined || call.body instanceof Readable ? undefined : Buffer.from(call.body);
  const headers = { ...call.headers, ...(body && { "content-length": String(body.length) }) };
  return new Promise((resolve, reject) => {
    const options = { method: call.method, headers, agent: trustingAgent(), servername: nameOf(url) };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      const answer = () => {
        const content = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = incoming;
        resolve({ status, headers, text: content.toString(), bytes: content.length });
      };
      incoming.on("end", answer);
      if (incoming.headers["content-type"]?.startsWith("text/event-stream")) {
        // A stream has no end: that it began is the answer.
        answer();
        incoming.destroy();
      }
    });
    outgoing.setTimeout(answerTimeoutMs, () =>
      outgoing.destroy(new Error(`${call.method} ${call.path}: no answer in ${answerTimeoutMs} ms`)),
    );
    outgoing.on("error", reject);
    if (stream) stream.pipe(outgoing);
    else outgoing.end(body);
  });
}
