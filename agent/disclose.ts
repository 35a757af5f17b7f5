import { AgentError } from "@/lib/agent-protocol/verbs";
import { CommandError } from "./run";

/** An absolute path with at least one character of a name; `http://…` and dates are none. */
const absolutePath = /(?<![\w.:/-])\/(?:[^\s'"`,;:()/]+\/)*([^\s'"`,;:()/]+)/g;

/** Without where things are on this host: of a path its last part, of a dataset what is below the workspaces' parent. */
function withoutPlaces(text: string, zfsParent: string): string {
  return text.replaceAll(`${zfsParent}/`, "").replaceAll(zfsParent, "the pool").replace(absolutePath, "…/$1");
}

/** What of a failure may be told. Commands tell their reason and not how they were called. */
function textOf(cause: unknown): string {
  if (cause instanceof AgentError) return cause.message;
  if (cause instanceof CommandError) return cause.brief;
  // Messages of the system and of libraries name files and sockets; its code is enough to say what kind it was.
  const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
  return `Something failed on the GPU host${code}; the agent's log there says what`;
}

/**
 * A failure as the caller gets it. It ends on the timeline of a user, who shares this host with others: it says what
 * failed and why, but neither where things lie nor who else is here. The whole of it is in the agent's log.
 */
export function disclosed(cause: unknown, zfsParent: string): AgentError {
  const code = cause instanceof AgentError ? cause.code : "failed";
  return new AgentError(code, withoutPlaces(textOf(cause), zfsParent), { cause });
}
