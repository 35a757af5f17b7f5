import type Docker from "dockerode";
import { orMissing } from "../docker";

/** Each piece of a container's log comes behind 8 bytes: stream, three zeros, length. */
const frameHeaderBytes = 8;

/** Joins the pieces of the engine's multiplexed log. */
export function joinLog(multiplexed: Buffer): string {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + frameHeaderBytes <= multiplexed.length) {
    const end = at + frameHeaderBytes + multiplexed.readUInt32BE(at + 4);
    pieces.push(multiplexed.subarray(at + frameHeaderBytes, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}

/** The last `lines` of a container's log as the engine kept it; undefined when there is no such container. */
export async function readLog(container: Docker.Container, lines: number): Promise<string | undefined> {
  const options = { stdout: true, stderr: true, tail: lines, follow: false } as const;
  const log = await orMissing("Reading a container's log", container.logs(options));
  return log === undefined ? undefined : joinLog(log);
}
