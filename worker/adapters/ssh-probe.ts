import { setTimeout as pause } from "node:timers/promises";
import { Client } from "ssh2";
import { probeAttemptMs, probePauseMs } from "../tunables";

/** Something else answers on the session's port. */
export class WrongHostKey extends Error {
  override readonly name = "WrongHostKey";
}

/** Nothing that speaks SSH answered in time. */
export class NoSshAnswer extends Error {
  override readonly name = "NoSshAnswer";
}

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…` */
  readonly hostPublicKey: string;
}

/**
 * Connects until sshd proves that it has the expected host key: the key exchange is carried through, so the signature is
 * verified; nobody logs in.
 * @throws WrongHostKey when another key answers, NoSshAnswer after the deadline
 */
export async function probeSsh(target: ProbeTarget, deadlineMs: number): Promise<void> {
  const until = performance.now() + deadlineMs;
  const expected = Buffer.from(target.hostPublicKey.split(" ")[1] ?? "", "base64");
  let last = "no connection was made";
  do {
    const failure = await attempt(target, expected);
    if (failure === null) return;
    last = failure;
    await pause(probePauseMs);
  } while (performance.now() < until);
  throw new NoSshAnswer(`sshd does not answer on port ${target.port}: ${last}`);
}

/** Null when the handshake was completed, else why not. */
function attempt({ host, port }: ProbeTarget, expected: Buffer): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let wrong = false;
    client.once("handshake", () => {
      resolve(null);
      client.destroy();
    });
    client.on("error", (error) => {
      client.destroy();
      if (wrong) reject(new WrongHostKey(`Another SSH server than the session's answers on port ${port}.`));
      else resolve(error.message);
    });
    client.once("close", () => resolve("the connection was closed"));
    client.connect({
      host,
      port,
      username: "probe",
      readyTimeout: probeAttemptMs,
      algorithms: { kex: ["curve25519-sha256"], serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        wrong = !key.equals(expected);
        return !wrong;
      },
    });
  });
}
