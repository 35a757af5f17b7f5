import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Attempt, AttemptResult } from "./attempt";

/**
 * Runs inside a session's network, as nobody: tries every target at once and prints how each ended. Node's own modules
 * and nothing else, since it is one file of the release.
 */

/** A packet that is dropped is given up after this; what answers does so within milliseconds. ms */
const giveUpMs = 2_000;

/** Asks for the address of example.com, recursion desired. */
const dnsQuestion = Buffer.from("6d6601000001000000000000076578616d706c6503636f6d0000010001", "hex");

const codeOf = (error: Error): string =>
  "code" in error && typeof error.code === "string" ? error.code : error.message;

function tryTcp({ address, port }: Attempt): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    const timer = setTimeout(() => end("timed_out"), giveUpMs);
    socket.once("connect", () => end("connected"));
    socket.on("error", (error) => end(codeOf(error)));
    socket.once("close", () => clearTimeout(timer));
  });
}

function tryDns({ address, port }: Attempt): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => end("timed_out"), giveUpMs);
    const end = (how: string) => {
      clearTimeout(timer);
      socket.close();
      resolve(how);
    };
    socket.once("message", () => end("answered"));
    socket.once("error", (error) => end(codeOf(error)));
    // Connected, so that an ICMP answer comes back as an error.
    socket.once("connect", () => socket.send(dnsQuestion));
    socket.connect(port, address);
  });
}

async function attempt(target: Attempt): Promise<AttemptResult> {
  const startedAt = performance.now();
  const code = await (target.protocol === "tcp" ? tryTcp(target) : tryDns(target));
  return { code, ms: Math.round(performance.now() - startedAt) };
}

const targets: readonly Attempt[] = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await Promise.all(targets.map(attempt))));
