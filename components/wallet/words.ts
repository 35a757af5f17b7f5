import { dayText, hourText } from "@/lib/kernel/zoned-time";
import type { StatementLine } from "@/lib/schedule/model";
import type { TransferKind } from "@/lib/wallet/model";

/** What a transfer was for, seen from the person's side. */
export const kindWords: Record<TransferKind, string> = {
  bid: "Won hour",
  reservation: "Reserved hour",
  correction: "Set by an administrator",
  refill: "Weekly budget",
  lapse: "Not rolled over",
  take: "Taken hour",
  release: "Hour given back",
};

const turnReference = /^turn:(\d{4}-\d\d-\d\d)/;

/** Which hour of which GPU a line was for, or which week. Null for what says nothing to people. */
export function whichText({ hour, reference }: Pick<StatementLine, "hour" | "reference">, zone: string) {
  if (hour) return `${hour.gpu}, ${hourText(new Date(hour.slot), zone)}`;
  const [, week] = turnReference.exec(reference) ?? [];
  return week ? `week of ${dayText(week)}` : null;
}

/** What a line was for; of an hour that was paid and not had, why. */
export function whatText({ hour, kind }: Pick<StatementLine, "hour" | "kind">): string {
  return hour?.cancelledLate ? "Reserved hour, cancelled too late to be free" : kindWords[kind];
}
