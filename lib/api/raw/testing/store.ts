import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import { testContext } from "@/lib/auth/testing";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { type StoreLayout, storeLayout } from "@/lib/competitions/store/layout";
import { seedUser } from "@/lib/sessions/testing";
import type { WebServices } from "../../context";
import { type Credentials, type Sent, testCaller, testServices } from "../../testing";

export interface TestPerson {
  readonly context: CommandContext;
  readonly as: Credentials & { readonly token: string };
}

/** A lab with a store of its own. */
export interface TestStore {
  readonly database: TestDatabase;
  readonly services: WebServices;
  readonly store: StoreLayout;
  readonly admin: TestPerson;
  readonly call: (sent: Sent) => Promise<Response>;
  person(options?: { canUseInternal?: boolean; role?: "admin" }): Promise<TestPerson>;
  close(): Promise<void>;
}

export async function testStore(): Promise<TestStore> {
  const database = await createTestDatabase();
  const dir = mkdtempSync(join(tmpdir(), "mf-store-"));
  for (const folder of ["uploads", "submissions"]) mkdirSync(join(dir, folder));
  const services = testServices(database.db, { competitionsDir: dir });
  const person = async (options: Parameters<typeof seedUser>[1] = {}): Promise<TestPerson> => {
    const context = await seedUser(database.db, options);
    const { token } = await createApiToken(testContext(database.db), context.actor, { name: "t" });
    return { context, as: { token } };
  };
  return {
    database,
    services,
    store: storeLayout(dir),
    admin: await person({ role: "admin", canUseInternal: true }),
    call: testCaller(services),
    person,
    async close() {
      await database.close();
      rmSync(dir, { recursive: true });
    },
  };
}

/** Names of the plain files below a folder of the store, in order; none where there is no folder. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
