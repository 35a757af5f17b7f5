import type Docker from "dockerode";
import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { orMissing } from "../docker";
import { findSession, toSessionInfos } from "../session/container";

const tailLines = 40;
const tailCharacters = 8_000;
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
  return Buffer.concat(pieces).toString().slice(-tailCharacters);
}

async function readTail(container: Docker.Container): Promise<string> {
  const options = { stdout: true, stderr: true, tail: tailLines, follow: false } as const;
  const log = await orMissing("Reading a container's log", container.logs(options));
  return log === undefined ? "" : joinLog(log);
}

export async function sessionInspect(
  context: AgentContext,
  input: VerbInput<"session.inspect">,
): Promise<VerbResult<"session.inspect">> {
  const found = await findSession(context, input.installationId, input.slug);
  if (found === undefined) return { session: null, logTail: "" };
  const [[session = null], logTail] = await Promise.all([toSessionInfos([found]), readTail(found.container)]);
  return { session, logTail };
}
