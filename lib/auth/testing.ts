import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { users } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { createLog } from "@/lib/kernel/log";
import { register } from "./commands/accounts";
import type { Actor, Role } from "./model";
import type { CookieJar, RequestContext } from "./procedure";
import { spareSshPublicKey } from "./spare-key";

/** Remembers cookies instead of sending them. */
export class MemoryJar implements CookieJar {
  readonly cookies = new Map<string, { value: string; expires: Date }>();

  set(name: string, value: string, { expires }: { expires: Date }): void {
    this.cookies.set(name, { value, expires });
  }

  /** As a browser would send them back. */
  header(): string {
    return [...this.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
  }
}

export type TestContext = RequestContext & { readonly cookies: MemoryJar };

/** The context of an anonymous request. */
export function testContext(db: Db, overrides: Partial<RequestContext> = {}): TestContext {
  return {
    db,
    log: createLog("test", "error"),
    requestId: "req_test",
    clientAddress: "192.0.2.1",
    actor: null,
    monitor: null,
    loginIdHash: null,
    wake: () => undefined,
    surface: "external",
    settings: {
      url: "https://lab.example.org",
      internalUrl: null,
      sshHost: "lab.example.org",
      zone: "America/New_York",
    },
    ...overrides,
    cookies: new MemoryJar(),
  };
}

export const testPassword = "correct horse battery";

/** Registers somebody through the real command, then gives them the role. */
export async function seedPerson(
  db: Db,
  username: string,
  role: Role = "user",
): Promise<{ actor: Actor; context: TestContext }> {
  const context = testContext(db);
  await register(context, { username, email: `${username}@example.org`, password: testPassword });
  if (role !== "user") await db.update(users).set({ role }).where(eq(users.username, username));
  const [user] = await db.select().from(users).where(eq(users.username, username));
  const { id, publicId, canUseInternal, maxSessions } = required(user, "the user just registered");
  const actor: Actor = { userId: id, publicId, username, role, canUseInternal, maxSessions, via: "login" };
  return { actor, context };
}

/** A fresh ed25519 key as the line of a .pub file. */
export function newSshPublicKey(): string {
  return `${spareSshPublicKey()} somebody@somewhere`;
}
