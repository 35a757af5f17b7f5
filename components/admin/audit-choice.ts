import { startOfDay } from "@/components/ui/day";
import type { AuditFilter } from "@/lib/audit/model";

/** What of the audit log to show, as typed; days as `2026-11-25`, both included. Empty doesn't narrow. */
export interface AuditChoice {
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  readonly from: string;
  readonly to: string;
}

export const noChoice: AuditChoice = { who: "", action: "", resource: "", from: "", to: "" };

/** The choice as the API takes it; days begin at midnight in the lab's zone. */
export function auditFilterOf(choice: AuditChoice, zone: string): AuditFilter {
  const { who, action, resource } = choice;
  const wanted = {
    who: who.trim(),
    action: action.trim(),
    resource: resource.trim(),
    from: startOfDay(choice.from, zone)?.toISOString(),
    to: startOfDay(choice.to, zone, 1)?.toISOString(),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
}
