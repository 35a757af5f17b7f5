import type { Role } from "@/lib/auth/model";

/** What of the signed-in person the shell shows. */
export interface Viewer {
  readonly username: string;
  readonly role: Role;
  readonly canUseInternal: boolean;
  /** Hours of some GPU are sold, or the viewer is to decide whether they are. */
  readonly sellsTime: boolean;
  /** Hours of some GPU are booked at a rate. */
  readonly booksTime: boolean;
}
