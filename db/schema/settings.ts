import { boolean, decimal, int, mysqlTable, smallint } from "drizzle-orm/mysql-core";
import { amount } from "./util";

/** One row: what an admin has set for the whole lab. */
export const labSettings = mysqlTable("lab_settings", {
  /** Always 1. */
  id: smallint("id").primaryKey(),
  /** The limits of new accounts; null: no limit. */
  defaultMaxSessions: int("default_max_sessions").notNull().default(2),
  defaultMaxGpuMinutesPerWeek: int("default_max_gpu_minutes_per_week"),
  defaultMaxDiskGb: int("default_max_disk_gb"),
  defaultMaxDurationMinutes: int("default_max_duration_minutes"),
  /** A workspace with all generations and snapshots may hold its quota times this. */
  spaceFactor: decimal("space_factor", { precision: 4, scale: 2, mode: "number" }).notNull().default(3),
  /** Snapshots taken at stops that a workspace keeps; the oldest beyond are removed. */
  stopSnapshotsKept: int("stop_snapshots_kept").notNull().default(100),
  /** Credits that a week's turn gives whoever has no budget of their own. */
  defaultWeeklyBudget: amount("default_weekly_budget").notNull().default("100"),
  /** How much of the credits that a week leaves over stays. */
  rolloverPercent: int("rollover_percent").notNull().default(50),
  /** Credits given back for a slot that its holder releases. */
  releaseRefund: amount("release_refund").notNull().default("0.34"),
  /** How long before its first hour a week's bidding closes, of weeks that are opened from now on. */
  biddingClosesMinutes: int("bidding_closes_minutes").notNull().default(0),
  /** How many days from today an hour may lie that is booked. */
  reservationAheadDays: int("reservation_ahead_days").notNull().default(14),
  /** Hours of one reservation. */
  reservationMaxHours: int("reservation_max_hours").notNull().default(24),
  /** Reservations of one person that are not over. */
  reservationMaxOpen: int("reservation_max_open").notNull().default(3),
  /** Whether who is on which GPU is told to whoever is not signed in. */
  publicGpuNames: boolean("public_gpu_names").notNull().default(false),
});
