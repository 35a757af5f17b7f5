import { AgentError } from "@/lib/agent-protocol/verbs";

/** What a failed step means for what was being done. */
export type Failure =
  /** The host is silent, its engine or pool is, or it is of another version: nobody's fault, patience without end. */
  | { readonly kind: "wait"; readonly condition: string }
  /** A newer claim acted: this one is over. */
  | { readonly kind: "lost" }
  | { readonly kind: "port_busy" }
  | { readonly kind: "gpu_busy"; readonly error: string }
  /** May pass by itself: a bounded number of tries. */
  | { readonly kind: "retry"; readonly error: string }
  /** Will not pass by itself. */
  | { readonly kind: "fatal"; readonly error: string };

/** Constant texts, so that a condition that lasts is one line on the timeline. */
const silentHost = "The GPU host does not answer. Trying again until it does.";
const silentEngine = "The container engine on the GPU host does not answer. Trying again until it does.";
const silentStorage = "The pool that holds the workspaces does not answer. Trying again until it does.";
const otherVersion = "Agent and worker are of different versions; update the older one.";
/** What is neither the agent's to tell nor the database's being away: a bug, or a row that makes no sense. */
export const workerFailed = "The worker failed; its log says why.";

/**
 * Sorts what the agent answered; its messages are fit for a timeline.
 * @throws whatever else it is given: a lost claim, a database that is away, a wrong program are no failures of the session
 */
export function classify(error: unknown): Failure {
  if (!(error instanceof AgentError)) throw error;
  switch (error.code) {
    case "unreachable":
      return { kind: "wait", condition: silentHost };
    case "engine_unavailable":
      return { kind: "wait", condition: silentEngine };
    case "storage_unavailable":
      return { kind: "wait", condition: silentStorage };
    case "stale_generation":
      return { kind: "lost" };
    case "port_busy":
      return { kind: "port_busy" };
    case "gpu_busy":
      return { kind: "gpu_busy", error: error.message };
    case "failed":
    case "workspace_not_mounted":
    case "workspace_in_use":
      return { kind: "retry", error: error.message };
    case "invalid_input":
    case "unknown_verb":
      return { kind: "wait", condition: otherVersion };
    case "no_such_gpu":
    case "no_such_pack":
    case "no_such_workspace":
    case "no_such_snapshot":
    case "no_such_session":
    case "identity_mismatch":
    case "no_space":
      return { kind: "fatal", error: error.message };
  }
}
