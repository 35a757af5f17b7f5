import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { output } from "@/e2e/support/run";

/** A new connection is tried this often, in ms, so that waiting adds a few ms at most to either side. */
const tryEveryMs = 5;
const comesWithinMs = 120_000;

/** Whether an SSH server greets on this port now; a connection that stays silent is left to the next try. */
function greets(host: string, port: number, onBanner: () => void): () => void {
  const socket = connect({ host, port });
  socket.once("data", (chunk: Buffer) => {
    if (chunk.toString().startsWith("SSH-")) onBanner();
    socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  return () => socket.destroy();
}

/** Waits for the server's greeting with overlapping tries, so that one swallowed by a half-made port costs nothing. */
async function greeted(host: string, port: number): Promise<void> {
  let seen = false;
  const open: (() => void)[] = [];
  const deadline = performance.now() + comesWithinMs;
  while (!seen) {
    if (performance.now() > deadline)
      throw new Error(`No SSH server on ${host}:${port} in ${comesWithinMs} ms`);
    open.push(
      greets(host, port, () => {
        seen = true;
      }),
    );
    await pause(tryEveryMs);
  }
  for (const close of open) close();
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
  const knownHosts = join(mkdtempSync(join(tmpdir(), "mf-bench-")), "known_hosts");
  await output([
    "ssh",
    ...["-F", "none", "-p", String(login.port), "-i", login.identity],
    ...["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", `HostKeyAlias=${login.hostKeyAlias}`],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "StrictHostKeyChecking=accept-new"],
    `${login.user}@${login.host}`,
    "true",
  ]);
}
