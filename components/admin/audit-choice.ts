import { startOfDay } from "@/components/ui/day";
import type { AuditFilter } from "@/lib/audit/model";

/** How long each may be, as the API takes it. */
const longest = { who: 32, action: 64, resource: 64, from: 10, to: 10 } as const;
type Name = keyof typeof longest;
const names = Object.keys(longest) as Name[];

/** What of the audit log to show, as typed; days as `2026-11-25`, both included. Empty doesn't narrow. */
export type AuditChoice = Readonly<Record<Name, string>>;

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

/** The choice that an address holds; what isn't one of its parts, or too long for it, is left out. */
export function choiceIn(query: URLSearchParams): AuditChoice {
  const given = names.map((name) => [name, (query.get(name) ?? "").slice(0, longest[name])] as const);
  return { ...noChoice, ...Object.fromEntries(given) };
}

/** An address as a page on the server is given it; of what stands in it twice, the first counts, as in the browser. */
export function queryOf(given: Readonly<Record<string, string | string[] | undefined>>): URLSearchParams {
  const pairs = Object.entries(given).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
  return new URLSearchParams(pairs);
}

/** The page's address with that choice, to be sent to somebody else. */
export function addressOf(choice: AuditChoice): string {
  const query = new URLSearchParams(names.filter((name) => choice[name]).map((name) => [name, choice[name]]));
  return query.size === 0 ? "/admin/audit" : `/admin/audit?${query}`;
}
