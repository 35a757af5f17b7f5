import { weekOf } from "./rules";

/** Their weeks turn 25 hours apart, and neither changes its clocks. */
const zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago"] as const;

/** How far away the week's turn is, before or after. ms */
export function awayFromTurnMs(now: Date, zone: string): number {
  const { start, end } = weekOf(now, zone);
  return Math.min(now.getTime() - start.getTime(), end.getTime() - now.getTime());
}

/** A zone whose week turns hours from `now`, so that a test by the real clock never runs into it. */
export function zoneAwayFromTurn(now: Date): string {
  const [east, west] = zones;
  return awayFromTurnMs(now, east) >= awayFromTurnMs(now, west) ? east : west;
}
