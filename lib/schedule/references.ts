/** The hour of GPU time that a transfer was for. */
export interface HourReference {
  /** Whose public id it names: the GPU's, or a reservation's. */
  readonly kind: "slot" | "reservation";
  readonly id: string;
  /** The instant at which the hour begins. */
  readonly slot: string;
}

const hourReference = /^(slot|reservation):([a-z]+_[^:]+):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?::|$)/;

/** Reads what `slotReference` and `holdKey` write; null for what is of no hour: a week's turn, a correction. */
export function hourReferenceOf(reference: string): HourReference | null {
  const [, kind, id, slot] = hourReference.exec(reference) ?? [];
  if ((kind !== "slot" && kind !== "reservation") || !id || !slot) return null;
  return { kind, id, slot };
}
