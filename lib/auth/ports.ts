import type { Tx } from "@/db/client";

/** What accounts need of domains above them; `lib/api` wires the implementations. */
export interface AuthPorts {
  /**
   * A user's usable SSH keys changed (added, removed, or the account was disabled or enabled): running sessions must
   * get the new list. Called inside the change's own transaction.
   */
  keysChanged(tx: Tx, userId: number): Promise<void>;
}
