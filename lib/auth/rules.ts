import type { Actor } from "./model";

/** What can be done to what: the whole vocabulary of authorisation. */
export const verbs = [
  "account.read",
  "account.manage",
  "user.list",
  "user.create",
  "user.promote",
  "user.update",
  "settings.read",
  "settings.update",
  "audit.read",
  "records.export",
  "fleet.read",
  "fleet.inspect",
  "internal.use",
  "gpu.update",
  "workspace.create",
  "workspace.read",
  "workspace.change",
  "session.launch",
  "session.read",
  "session.stop",
  "session.extend",
  "notice.read",
  "notice.mark",
  "competition.manage",
  "submission.create",
  "submission.read",
  "scoring.inspect",
  "schedule.read",
  "schedule.spend",
  "schedule.manage",
  "reservation.read",
  "reservation.cancel",
  "usage.read",
  "monitor.read",
  "monitor.manage",
] as const;
export type Verb = (typeof verbs)[number];

/** The thing acted on, by its owner; null for things that nobody owns. */
export interface Owned {
  readonly ownerId: number | null;
}

type Rule = (actor: Actor, resource: Owned) => boolean;

const anyone: Rule = () => true;
const admin: Rule = (actor) => actor.role === "admin";
const adminAtABrowser: Rule = (actor, resource) => admin(actor, resource) && actor.via === "login";
const owner: Rule = (actor, resource) => resource.ownerId === actor.userId;

const rules: Record<Verb, Rule> = {
  "account.read": owner,
  // A leaked token must not be able to make itself permanent.
  "account.manage": (actor, resource) => owner(actor, resource) && actor.via === "login",
  "user.list": admin,
  "user.create": admin,
  // An administrator whom a leaked token made would still be one once it is revoked.
  "user.promote": adminAtABrowser,
  "user.update": admin,
  "settings.read": admin,
  "settings.update": admin,
  "audit.read": admin,
  "records.export": admin,
  "fleet.read": anyone,
  "fleet.inspect": admin,
  // Granted person by person, administrators too: the role is for running machines, not for seeing inside data.
  "internal.use": (actor) => actor.canUseInternal,
  "gpu.update": admin,
  "workspace.create": anyone,
  // Admins run the machines; the data in a workspace is its owner's.
  "workspace.read": owner,
  "workspace.change": owner,
  "session.launch": anyone,
  "session.read": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "session.stop": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "session.extend": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "notice.read": owner,
  "notice.mark": owner,
  "competition.manage": admin,
  "submission.create": anyone,
  "submission.read": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "scoring.inspect": admin,
  "schedule.read": anyone,
  "schedule.spend": owner,
  "schedule.manage": admin,
  "reservation.read": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "reservation.cancel": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "usage.read": admin,
  "monitor.read": admin,
  // As for API tokens: a leaked one must not be able to make another.
  "monitor.manage": adminAtABrowser,
};

const minutesPerHour = 60;

/** GPU-hours as people set them, from minutes as they are kept; null stays "no limit". */
export function hoursOf(minutes: number | null): number | null {
  return minutes === null ? null : minutes / minutesPerHour;
}

/** The way back; quarters of an hour are whole minutes. */
export function minutesOf(hours: number | null): number | null {
  return hours === null ? null : Math.round(hours * minutesPerHour);
}

/** Whether the actor may. Nobody, an unknown verb and an unknown role may nothing. */
export function can(actor: Actor | null, verb: Verb, resource: Owned = { ownerId: null }): boolean {
  if (!actor || (actor.role !== "user" && actor.role !== "admin")) return false;
  return Object.hasOwn(rules, verb) && rules[verb](actor, resource);
}

/** Of a row's wanted columns those that are named and not so already. */
export function differing<Row extends Readonly<Record<string, unknown>>>(
  row: Row,
  wanted: { readonly [Name in keyof Row]?: Row[Name] | undefined },
): Partial<Row> {
  const changed = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && value !== row[name],
  );
  return Object.fromEntries(changed) as Partial<Row>;
}

/** What each changed column was and is, for the audit. */
export function oldAndNew<Row extends Readonly<Record<string, unknown>>>(
  row: Row,
  changed: Partial<Row>,
): Record<string, { from: unknown; to: unknown }> {
  return Object.fromEntries(Object.entries(changed).map(([name, to]) => [name, { from: row[name], to }]));
}
