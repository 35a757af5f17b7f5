import { sql } from "drizzle-orm";
import {
  bigint,
  char,
  foreignKey,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  smallint,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import { bidOutcomes, slotStates, weekStatuses } from "@/lib/schedule/model";
import { cancelReasons, reservationStates } from "@/lib/schedule/reservation-model";
import { currencies } from "@/lib/wallet/model";
import { users } from "./auth";
import { gpus } from "./fleet";
import { id, instant, money, publicId, ref } from "./util";

/** A Saturday's date as the lab's zone counts it, e.g. `2026-12-05`. */
const weekKey = () => char("week", { length: 10 });

/** One row: the zone whose Saturdays the weeks below begin on. It stays once anything was bid on or taken. */
export const scheduleZone = mysqlTable("schedule_zone", {
  /** Always 1. */
  id: smallint("id").primaryKey(),
  zone: varchar("zone", { length: 64 }).notNull(),
  settledAt: instant("settled_at").notNull(),
});

export const weeks = mysqlTable(
  "weeks",
  {
    key: weekKey().primaryKey(),
    startsAt: instant("starts_at").notNull(),
    endsAt: instant("ends_at").notNull(),
    /** The first instant at which nobody bids any more, at the latest the week's first. */
    closesAt: instant("closes_at").notNull(),
    status: mysqlEnum("status", weekStatuses).notNull(),
    turnedAt: instant("turned_at"),
    currentStatus: mysqlEnum("current_status", ["open", "executing"]).generatedAlwaysAs(
      sql`if(status = 'final', null, status)`,
      { mode: "stored" },
    ),
  },
  (t) => [
    // One week is bid on, and one is executing.
    unique("weeks_current").on(t.currentStatus),
    // The week of a slot, and the list.
    unique("weeks_start").on(t.startsAt),
  ],
);

/** Fixed-price blocks of whole hours of one GPU. Whose an hour is, its slot says; this says what was booked and is paid. */
export const reservations = mysqlTable(
  "reservations",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    gpuId: ref("gpu_id")
      .notNull()
      .references(() => gpus.id),
    startsAt: instant("starts_at").notNull(),
    endsAt: instant("ends_at").notNull(),
    /** Of an hour, as it was when this was booked. */
    rate: money("rate").notNull(),
    rateCurrency: mysqlEnum("rate_currency", currencies).notNull(),
    state: mysqlEnum("state", reservationStates).notNull().default("pending"),
    cancelledWhy: mysqlEnum("cancelled_why", cancelReasons),
    /** Hours before it are paid, but for those that were lost; those from it on held; once it has ended, given back. */
    paidUntil: instant("paid_until").notNull(),
    /** Of the hours before it so many were given back, each by itself, as its GPU was away. */
    lostHours: int("lost_hours").notNull().default(0),
    /** From then on nothing is held for it: later than its end where its account was frozen then. */
    settledAt: instant("settled_at"),
    createdAt: instant("created_at").notNull(),
    activatedAt: instant("activated_at"),
    endedAt: instant("ended_at"),
  },
  (t) => [
    unique("reservations_public_id").on(t.publicId),
    // Somebody's, newest first.
    index("reservations_user").on(t.userId, t.id),
    // A GPU's, newest first.
    index("reservations_gpu").on(t.gpuId, t.id),
    // What the worker still has to do, and what money is held for.
    index("reservations_unsettled").on(t.settledAt, t.paidUntil),
  ],
);

/** GPU-hours that somebody bid on, took or booked; what nobody ever did has no row. */
export const slots = mysqlTable(
  "slots",
  {
    gpuId: ref("gpu_id")
      .notNull()
      .references(() => gpus.id),
    startsAt: instant("starts_at").notNull(),
    /** Null of hours that were booked: their week may not be laid out yet. */
    week: weekKey().references(() => weeks.key),
    state: mysqlEnum("state", slotStates).notNull().default("empty"),
    /** Who leads, and from the close on holds it, however late the turn is. */
    userId: ref("user_id").references(() => users.id),
    /** Whole credits; 0 while nobody has it, and where its reservation says what it costs. */
    price: int("price").notNull().default(0),
    /** Counts its bids and takes: the ledger's keys are made of it. */
    n: int("n").notNull().default(0),
    /** The key of the leader's hold. */
    hold: varchar("hold", { length: 80 }),
    reservationId: ref("reservation_id").references(() => reservations.id),
  },
  (t) => [
    primaryKey({ columns: [t.gpuId, t.startsAt] }),
    // The week's grid, read off the index alone; and what the week's turn still has to post.
    index("slots_week").on(t.week, t.state, t.gpuId, t.startsAt, t.userId, t.price),
    // Somebody's hours.
    index("slots_user").on(t.userId, t.startsAt),
    index("slots_reservation").on(t.reservationId, t.startsAt),
  ],
);

/** Every bid that was accepted, for ever: the history of a slot. */
export const bids = mysqlTable(
  "bids",
  {
    gpuId: ref("gpu_id").notNull(),
    startsAt: instant("starts_at").notNull(),
    n: int("n").notNull(),
    id: bigint("id", { mode: "number", unsigned: true }).autoincrement().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    price: int("price").notNull(),
    placedAt: instant("placed_at").notNull(),
    outcome: mysqlEnum("outcome", bidOutcomes).notNull().default("leading"),
    endedAt: instant("ended_at"),
    /** Those that were made together have the same. */
    bulkId: publicId("bulk_id"),
  },
  (t) => [
    // No number is given out twice: a slot's bids come one after the other.
    primaryKey({ columns: [t.gpuId, t.startsAt, t.n] }),
    unique("bids_id").on(t.id),
    // Somebody's bids, newest first.
    index("bids_user").on(t.userId, t.id),
    // Where somebody was outbid in a week.
    index("bids_user_slot").on(t.userId, t.startsAt, t.gpuId),
    foreignKey({
      name: "bids_slot_fk",
      columns: [t.gpuId, t.startsAt],
      foreignColumns: [slots.gpuId, slots.startsAt],
    }),
  ],
);

/** What people were given to spend at a week's turn, once each: whoever has a row was seen to. */
export const weekBudgets = mysqlTable(
  "week_budgets",
  {
    week: weekKey()
      .notNull()
      .references(() => weeks.key),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    rolledOver: money("rolled_over").notNull(),
    lapsed: money("lapsed").notNull(),
    refilled: money("refilled").notNull(),
    grantedAt: instant("granted_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.week, t.userId] }), index("week_budgets_user").on(t.userId)],
);
