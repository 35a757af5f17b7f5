import type { Actor } from "./model";

/** What can be done to what: the whole vocabulary of authorisation. */
export const verbs = [
  "account.read",
  "account.manage",
  "user.list",
  "user.update",
  "fleet.read",
  "fleet.inspect",
  "workspace.create",
  "workspace.read",
  "workspace.change",
  "session.launch",
  "session.read",
  "session.stop",
  "notice.read",
  "notice.mark",
] as const;
export type Verb = (typeof verbs)[number];

/** The thing acted on, by its owner; null for things that nobody owns. */
export interface Owned {
  readonly ownerId: number | null;
}

type Rule = (actor: Actor, resource: Owned) => boolean;

const anyone: Rule = () => true;
const admin: Rule = (actor) => actor.role === "admin";
const owner: Rule = (actor, resource) => resource.ownerId === actor.userId;

const rules: Record<Verb, Rule> = {
  "account.read": owner,
  // A leaked token must not be able to make itself permanent.
  "account.manage": (actor, resource) => owner(actor, resource) && actor.via === "login",
  "user.list": admin,
  "user.update": admin,
  "fleet.read": anyone,
  "fleet.inspect": admin,
  "workspace.create": anyone,
  // Admins run the machines; the data in a workspace is its owner's.
  "workspace.read": owner,
  "workspace.change": owner,
  "session.launch": anyone,
  "session.read": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "session.stop": (actor, resource) => owner(actor, resource) || admin(actor, resource),
  "notice.read": owner,
  "notice.mark": owner,
};

/** Whether the actor may. Nobody, an unknown verb and an unknown role may nothing. */
export function can(actor: Actor | null, verb: Verb, resource: Owned = { ownerId: null }): boolean {
  if (!actor || (actor.role !== "user" && actor.role !== "admin")) return false;
  return Object.hasOwn(rules, verb) && rules[verb](actor, resource);
}
