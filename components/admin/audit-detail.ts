import { exactText } from "@/components/ui/time-text";
import type { AuditEntryView } from "@/lib/audit/model";

/** `minutes: 30, maxDiskGb: 100 → 200`; nothing for an entry without any. */
export function detailText({ detail }: Pick<AuditEntryView, "detail">): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(", ");
}

/** All that an entry has besides its line, by name; times in the zone of the page. */
export function detailLines(entry: AuditEntryView, zone: string): [name: string, value: string][] {
  const { detail, at, resource, requestId } = entry;
  const details = Object.entries(detail).map(([name, value]): [string, string] => [name, valueText(value)]);
  const ids: [string, string | null][] = [
    ["Its id", resource],
    ["Request", requestId],
    ["At", exactText(new Date(at), zone)],
  ];
  return [...details, ...ids.flatMap(([name, id]): [string, string][] => (id === null ? [] : [[name, id]]))];
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  const changed = typeof value === "object" && value !== null && "from" in value && "to" in value;
  return changed ? `${valueText(value.from)} → ${valueText(value.to)}` : JSON.stringify(value);
}
