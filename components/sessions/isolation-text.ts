import type { SessionView } from "@/lib/sessions/model";

const probesRefused = (count: number): string =>
  count === 1 ? "1 probe refused" : `${count} probes refused`;

/** The evidence in a few words: "No egress (it reaches nothing outside): 9 probes refused". */
export function isolationText(
  exposure: SessionView["exposure"],
  { ok, refused }: Pick<NonNullable<SessionView["isolation"]>, "ok" | "refused">,
): string {
  if (!ok) return "Isolation is broken";
  return `${exposure === "internal" ? "No egress (it reaches nothing outside)" : "Nothing but the internet"}: ${probesRefused(refused)}`;
}
