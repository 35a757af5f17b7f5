import type { StateTone } from "@/components/ui/state-badge";
import type {
  ProbeCause,
  ProbeKind,
  SessionEventKind,
  SessionState,
  SessionView,
  StopReason,
} from "@/lib/sessions/model";

interface StateLook {
  readonly label: string;
  readonly tone: StateTone;
  /** It holds its GPU, its port and its workspace. */
  readonly active: boolean;
}

/** Each state's word and colour; the colour never stands alone. */
export const sessionStateLook: Record<SessionState, StateLook> = {
  STARTING: { label: "Starting", tone: "working", active: true },
  RUNNING: { label: "Running", tone: "ok", active: true },
  STOPPING: { label: "Stopping", tone: "working", active: true },
  STOPPED: { label: "Stopped", tone: "idle", active: false },
  ERROR: { label: "Failed", tone: "bad", active: false },
};

/** While it holds its GPU, its port and its workspace. */
export function isActive(session: Pick<SessionView, "state">): boolean {
  return sessionStateLook[session.state].active;
}

/** The time limit that it ran under, in minutes; null without one, or when it never ran. */
export function limitMinutes({
  runningAt,
  stopsAt,
  endsBy,
}: Pick<SessionView, "runningAt" | "stopsAt" | "endsBy">): number | null {
  // The end of the week's hours, or of those held on the GPU, is no limit that anybody chose.
  if (runningAt === null || stopsAt === null || endsBy !== "time_limit") return null;
  return Math.max(1, Math.round((Date.parse(stopsAt) - Date.parse(runningAt)) / 60_000));
}

export const stopReasonWords: Record<StopReason, string> = {
  user: "stopped by its owner",
  admin: "stopped by an admin",
  time_limit: "its time limit was reached",
  gpu_hours: "the week's GPU-hours were used up",
  hour_ended: "its owner's hours on the GPU were over",
  start_failed: "the start failed",
  exited: "its container exited",
  shutdown: "the lab was shut down",
};

interface EventLook {
  readonly label: string;
  readonly tone: StateTone;
}

export const eventLook: Record<SessionEventKind, EventLook> = {
  requested: { label: "Requested", tone: "idle" },
  workspace_ready: { label: "Workspace ready", tone: "idle" },
  port_moved: { label: "Moved to another port", tone: "warn" },
  container_started: { label: "Container started", tone: "idle" },
  running: { label: "SSH answers", tone: "ok" },
  restarting: { label: "Restarting", tone: "working" },
  stop_requested: { label: "Stop requested", tone: "idle" },
  snapshot_taken: { label: "Snapshot taken", tone: "ok" },
  snapshot_failed: { label: "Snapshot failed", tone: "bad" },
  snapshots_pruned: { label: "Old snapshots removed", tone: "idle" },
  isolation_broken: { label: "Isolation broken", tone: "bad" },
  isolation_restored: { label: "Isolation restored", tone: "ok" },
  keys_updated: { label: "SSH keys updated", tone: "idle" },
  extended: { label: "Extended", tone: "idle" },
  hours_ending: { label: "GPU-hours nearly used up", tone: "warn" },
  hours_changed: { label: "Hours on the GPU changed", tone: "idle" },
  hour_ending: { label: "Hours on the GPU end soon", tone: "warn" },
  stopped: { label: "Stopped", tone: "idle" },
  failed: { label: "Failed", tone: "bad" },
  waiting: { label: "Waiting", tone: "warn" },
};

export const probeKindWords: Record<ProbeKind, string> = {
  host: "This host",
  metadata: "Cloud metadata",
  private: "Private range",
  engine_dns: "Docker's resolver",
  dns: "DNS",
  internet: "Internet",
  ipv6: "IPv6",
  session: "Other sessions",
};

export const probeCauseWords: Record<ProbeCause, string> = {
  started: "Tried because the session had started.",
  hourly: "Tried because an hour had passed.",
  firewall: "Tried because the host's firewall was found changed, and put right.",
};

/** Opens VS Code's Remote-SSH on the workspace folder. */
export function vscodeLink(ssh: SessionView["ssh"]): string {
  return `vscode://vscode-remote/ssh-remote+${ssh.user}@${ssh.host}:${ssh.port}/workspace`;
}

/**
 * The host key's fingerprint as ssh shows it (`SHA256:…`), from a known_hosts line.
 * Null where the browser gives no crypto (a page that is not served over HTTPS) or the line has no key.
 */
export async function hostKeyFingerprint(knownHosts: string): Promise<string | null> {
  const blob = knownHosts.trim().split(/\s+/)[2];
  if (!blob || !globalThis.crypto?.subtle) return null;
  const bytes = Uint8Array.from(atob(blob), (character) => character.charCodeAt(0));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return `SHA256:${btoa(String.fromCharCode(...digest)).replace(/=+$/, "")}`;
}
