import { AgentError } from "@/lib/agent-protocol/verbs";

export interface Verdict {
  outcome: "refused" | "reached";
  /** For the session's owner. */
  how: string;
}

/** What an attempt met, as far as that decides what its error means. */
export interface Way {
  /** It stays inside the session's own network stack, where only an answer counts. */
  isLoopback: boolean;
  /**
   * Packets for it leave towards something that could answer with an error of its own. Where they don't (no route inside
   * the session, a neighbour that is not there, a host that has no route itself) an error is the near end's.
   */
  isRouted: boolean;
}

const reached = (how: string): Verdict => ({ outcome: "reached", how });
const refused = (how: string): Verdict => ({ outcome: "refused", how });

/**
 * What an attempt's end says about the fence. The fence drops and never rejects, so silence is what it looks like. Any
 * answer, a refusal by the target or a router's complaint too, means that a packet got through.
 * @throws AgentError `failed` for an end that says nothing about the fence: a proof can't rest on it.
 */
export function verdictOf(code: string, { isLoopback, isRouted }: Way): Verdict {
  switch (code) {
    case "connected":
    case "answered":
      return reached(code);
    case "ECONNRESET":
      return reached("connected, then reset");
    case "timed_out":
    case "ETIMEDOUT":
      return refused("timed out");
    case "ECONNREFUSED":
    case "ENOPROTOOPT":
      return isLoopback ? refused("nothing listens") : reached("refused by the target itself");
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return isRouted ? reached("answered by a router: no route") : refused("no route");
    // A route of type prohibit inside the session.
    case "EACCES":
    case "EPERM":
      return refused("prohibited");
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return refused("no such addresses here");
    default:
      throw new AgentError("failed", `A probe ended with ${code}, which proves nothing`);
  }
}
