import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { newHome } from "@/e2e/support/people";
import { output } from "@/e2e/support/run";

/** Pause after a refused connection, in ms: waiting adds that much at most. */
const afterRefusalMs = 5;
const comesWithinMs = 120_000;

/** Whether an SSH server greets on this port; false when the connection is refused. */
function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("data", (chunk: Buffer) => {
      resolve(chunk.toString().startsWith("SSH-"));
      socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(false));
  });
}

/**
 * Waits for the server's greeting. To be called once the container is up: a packet to its address before that leaves the
 * host's neighbour table waiting for a second, for everybody.
 */
async function greeted(host: string, port: number): Promise<void> {
  const deadline = performance.now() + comesWithinMs;
  while (!(await greets(host, port))) {
    if (performance.now() > deadline)
      throw new Error(`No SSH server on ${host}:${port} in ${comesWithinMs} ms`);
    await pause(afterRefusalMs);
  }
}

/** Who logs in where; the same for a session and for the raw floor. */
export interface Login {
  host: string;
  port: number;
  user: string;
  /** Private key file. */
  identity: string;
  hostKeyAlias: string;
}

/** Resolves once a real ssh has logged in and run a command. */
export async function loggedIn(login: Login): Promise<void> {
  await greeted(login.host, login.port);
  // A fresh one each time: either side learns its host key.
  const knownHosts = join(newHome(), "known_hosts");
  await output([
    "ssh",
    ...["-F", "none", "-p", String(login.port), "-i", login.identity],
    ...["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", `HostKeyAlias=${login.hostKeyAlias}`],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "StrictHostKeyChecking=accept-new"],
    `${login.user}@${login.host}`,
    "true",
  ]);
}
