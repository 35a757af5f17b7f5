import type { users } from "@/db/schema";
import type { Actor } from "./model";

/** Somebody as their account is now. */
export function toActor(user: typeof users.$inferSelect, via: Actor["via"]): Actor {
  return {
    userId: user.id,
    publicId: user.publicId,
    username: user.username,
    role: user.role,
    canUseInternal: user.canUseInternal,
    maxSessions: user.maxSessions,
    via,
  };
}
