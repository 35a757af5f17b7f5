import type { Db } from "@/db/client";

/** Their hours begin half an hour apart, and neither changes its clocks. */
const zones = ["UTC", "Asia/Kolkata"] as const;
const minutesAway = 15;

/** A zone whose hour turns a quarter of an hour away or more, so that a test by the real clock never runs into it. */
export function zoneAwayFromHour(now: Date): string {
  const minute = now.getUTCMinutes();
  const [whole, half] = zones;
  return minute >= minutesAway && minute < 60 - minutesAway ? whole : half;
}

/** As if so much time had gone by since anybody was seen, within the same hour. */
export async function lookedBefore(db: Db, seconds: number): Promise<void> {
  await db.$client.query(
    "update slot_usage set looked_at = looked_at - interval ? second, busy_at = busy_at - interval ? second where closed_at is null",
    [seconds, seconds],
  );
  await db.$client.query("update slot_sightings set seen_at = seen_at - interval ? second", [seconds]);
}

/** As if so many hours had gone by: what was held and seen lies that much earlier. Negative: the way back. */
export async function hoursBefore(db: Db, hours: number): Promise<void> {
  const connection = await db.$client.getConnection();
  const order = hours > 0 ? "asc" : "desc";
  try {
    await connection.query("set foreign_key_checks = 0");
    for (const table of ["slots", "slot_usage", "slot_sightings"])
      await connection.query(
        `update ${table} set starts_at = starts_at - interval ? hour order by starts_at ${order}`,
        [hours],
      );
  } finally {
    await connection.query("set foreign_key_checks = 1");
    connection.release();
  }
}
