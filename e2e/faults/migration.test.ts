import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { change, closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { checkout, medforge, medforgeArgv, medforgeOptions } from "../support/host";
import { launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { childEnv, output } from "../support/run";
import { despiteFaults, intact, isLong, quietLab, trial, writeData } from "../support/trial";
import { supervisorPid } from "../support/victims";

let ana: Person;
beforeAll(async () => {
  ana = await newPerson("ana");
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** A next release's migration, made for this test: each kind of statement, and after each a pause to be killed in. */
const name = "9990_fault.sql";
const pause = "DO SLEEP(2)";
const everyStep: readonly { sql: string; isDone: string }[] = [
  {
    sql: "ALTER TABLE sessions ADD COLUMN IF NOT EXISTS fault_note varchar(40) NOT NULL DEFAULT 'none'",
    isDone:
      "SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND column_name = 'fault_note'",
  },
  {
    sql: "UPDATE sessions SET fault_note = slug WHERE fault_note = 'none'",
    isDone: "SELECT 1 FROM sessions HAVING COUNT(*) > 0 AND SUM(fault_note <> slug) = 0",
  },
  {
    sql: "CREATE TABLE IF NOT EXISTS fault_marks (session_id bigint unsigned NOT NULL PRIMARY KEY, CONSTRAINT fault_marks_fk FOREIGN KEY (session_id) REFERENCES sessions (id))",
    isDone:
      "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = 'fault_marks'",
  },
  {
    sql: "INSERT IGNORE INTO fault_marks (session_id) SELECT id FROM sessions",
    isDone: "SELECT 1 FROM fault_marks",
  },
];

const steps = isLong() ? everyStep : everyStep.slice(0, 2);

/** Puts the migration among the checkout's, in this world alone. @returns takes it away again */
async function offerMigration(): Promise<() => Promise<void>> {
  const target = join(checkout, "drizzle");
  const folder = mkdtempSync(join(testEnv().MEDFORGE_TEST_REPORT_DIR, "drizzle-"));
  for (const file of readdirSync(target)) copyFileSync(join(target, file), join(folder, file));
  const text = steps.flatMap(({ sql }) => [sql, pause]).join(";\n--> statement-breakpoint\n");
  writeFileSync(join(folder, name), `${text};\n`);
  await output(["mount", "--bind", folder, target]);
  return async () => {
    await output(["umount", target]);
    rmSync(folder, { recursive: true });
    await change("DROP TABLE IF EXISTS fault_marks");
    await change("ALTER TABLE sessions DROP COLUMN IF EXISTS fault_note");
    await change("DELETE FROM schema_migrations WHERE name = ?", [name]);
  };
}

/** Starts `up` and kills it, with nobody to clean up after it, as soon as the database shows the step. */
async function upKilledAfter({ isDone }: (typeof steps)[number]): Promise<void> {
  const [file = "", ...args] = medforgeArgv("up", "--yes");
  const { cwd, env } = medforgeOptions();
  const child = spawn(file, args, { cwd, env: childEnv(env), stdio: "ignore" });
  await despiteFaults("the migration has come to its step", async () => {
    if (child.exitCode !== null) throw new Error(`up ended with exit code ${child.exitCode}`);
    return (await rows(isDone)).length > 0 ? true : undefined;
  });
  child.kill("SIGKILL");
}

async function applied(): Promise<boolean> {
  return (await rows("SELECT 1 FROM schema_migrations WHERE name = ?", [name])).length > 0;
}

test("`up` is killed after each statement of a migration, with data and a session in place", async () => {
  const session = await launch(ana, { workspaceName: "checkpoints" });
  await writeData(ana, session);
  const withdraw = await offerMigration();
  try {
    const where = { fault: "SIGKILL of `up` between statements of a migration", phase: "run" };
    await trial(ana, where, async ({ strike }) => {
      process.kill(supervisorPid(), "SIGKILL");
      for (const step of steps) {
        await upKilledAfter(step);
        expect(await applied()).toBe(false);
      }
      strike();
      await medforge("up", "--detach", "--yes");
      expect(await applied()).toBe(true);
      for (const { isDone } of steps) expect(await rows(isDone)).not.toHaveLength(0);
      const after = await intact(ana, session.slug);
      expect(after.ssh.port).toBe(session.ssh.port);
      return {
        state: `applied after ${steps.length} kills, RUNNING throughout, data intact`,
        session: after,
      };
    });
  } finally {
    await withdraw();
  }
  await stop(ana.api, session.slug);
});
