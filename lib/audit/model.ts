import { z } from "zod";
import { pageInput } from "@/lib/kernel/envelope";
import { mostNamed } from "./rules";

const instant = z.iso.datetime();

/** Which entries of the audit log to list; what is left out doesn't narrow. */
export const auditFilter = z.strictObject({
  /** A user name, or `(system)`. */
  who: z.string().trim().max(32).optional(),
  /** An action such as `session.launch`, or the part before its dot for all of them. */
  action: z.string().trim().max(64).optional(),
  resource: z
    .string()
    .trim()
    .max(64)
    .optional()
    .describe(
      `Public id or slug of what was acted on, or the name that it has now: of more than ${mostNamed} workspaces of one name, the newest.`,
    ),
  from: instant.optional(),
  /** The first instant that is no longer listed. */
  to: instant.optional(),
});
export type AuditFilter = z.output<typeof auditFilter>;

export const listAuditInput = pageInput.extend(auditFilter.shape);

export const auditEntryView = z.strictObject({
  id: z.number().int(),
  at: instant,
  /** Null: the lab itself, or an attempt without an account. */
  who: z.string().nullable(),
  action: z.string(),
  resource: z.string().nullable(),
  /** What people call it, as far as it is there to be asked; null for what has no name but its id. */
  resourceName: z.string().nullable(),
  requestId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditEntryView = z.output<typeof auditEntryView>;
