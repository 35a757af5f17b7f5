import { dayText } from "@/components/schedule/words";
import { hourText } from "@/lib/kernel/zoned-time";
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

const slotReference = /^slot:(gpu_[^:]+):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/;
const reservationReference = /^reservation:[^:]+:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/;
const turnReference = /^turn:(\d{4}-\d\d-\d\d)/;

/**
 * What a transfer refers to: the hour, of a slot with its GPU, or the week. Null for what says nothing to people.
 * @param gpuNames by public id; one that is gone has none
 */
export function referenceText(
  reference: string,
  gpuNames: ReadonlyMap<string, string>,
  zone: string,
): string | null {
  const [, gpu, slot] = slotReference.exec(reference) ?? [];
  if (gpu && slot) return `${gpuNames.get(gpu) ?? "a GPU that is gone"}, ${hourText(new Date(slot), zone)}`;
  const [, hour] = reservationReference.exec(reference) ?? [];
  if (hour) return hourText(new Date(hour), zone);
  const [, week] = turnReference.exec(reference) ?? [];
  return week ? `week of ${dayText(week)}` : null;
}
