import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { newPublicId } from "@/lib/kernel/ids";
import { codeOf, codesOf } from "@/lib/kernel/testing";
import { seedUser } from "@/lib/sessions/testing";
import type { Exposure } from "@/lib/workspaces/model";
import { createCompetitionInput } from "../model";
import { getCompetition } from "../queries/catalogue";
import { getDataset } from "../queries/datasets";
import { seedCompetition, sha256Of, submit } from "../testing";
import {
  createCompetition,
  publishCompetition,
  revealPrivate,
  updateCompetition,
  withdrawCompetition,
} from "./competitions";
import type { CommandContext } from "./context";
import { createDatasetVersion } from "./datasets";
import { invite, uninvite } from "./invites";
import { retryScoring } from "./retry";

let database: TestDatabase;
let admin: CommandContext;
let ada: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin", canUseInternal: true });
});
afterAll(() => database.close());
beforeEach(async () => {
  ada = await seedUser(db());
});

const db = () => database.db;
const zone = "America/New_York";

describe("commands of admins", () => {
  test("are nobody else's", async () => {
    const { slug } = await seedCompetition(admin);
    const id = await submit(ada, slug);
    const userId = ada.actor.publicId;
    const works = [
      publishCompetition(ada, slug),
      withdrawCompetition(ada, slug),
      revealPrivate(ada, { slug }),
      updateCompetition(ada, { slug, title: "Mine" }),
      invite(ada, { slug, userId }),
      uninvite(ada, { slug, userId }),
      retryScoring(ada, id),
    ];
    expect(await codesOf(works)).toEqual(["forbidden"]);
  });

  test("say what is not there, taken, or out of order", async () => {
    const { slug } = await seedCompetition(admin);
    expect(await codeOf(publishCompetition(admin, "nowhere"))).toBe("not_found");
    expect(await codeOf(invite(admin, { slug, userId: newPublicId("usr") }))).toBe("not_found");
    const { dataset } = await getCompetition(db(), admin.actor, "external", { slug, zone });
    const again = { slug, title: "Again", summary: "Again.", datasetVersionId: dataset.versionId };
    expect(await codeOf(createCompetition(admin, createCompetitionInput.parse(again)))).toBe("conflict");
    const [soon, later] = [1, 2].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
    await updateCompetition(admin, { slug, opensAt: later ?? "" });
    expect(await codeOf(updateCompetition(admin, { slug, closesAt: soon ?? "" }))).toBe("invalid");
  });

  test("change what differs, and put old and new on record", async () => {
    const { slug } = await seedCompetition(admin);
    await updateCompetition(admin, { slug, title: "New", dailyLimit: 5, description: "Long." });
    await updateCompetition(admin, { slug, title: "New", dailyLimit: 5 });
    const rows = await db().select().from(auditLog).where(eq(auditLog.resource, slug));
    const updates = rows.filter(({ action }) => action === "competition.update");
    expect(updates.map(({ detail }) => detail)).toEqual([
      {
        title: { from: `Contest ${slug}`, to: "New" },
        dailyLimit: { from: null, to: 5 },
        changed: ["title", "dailyLimit", "description"],
      },
    ]);
    const view = await getCompetition(db(), ada.actor, "external", { slug, zone });
    expect(view).toMatchObject({ title: "New", description: "Long.", quota: { dailyLimit: 5, left: 5 } });
  });

  test("number versions of a data set one by one, whose files never change", async () => {
    const { slug } = await seedCompetition(admin);
    const version = (id: string, exposure: Exposure = "external") => ({
      id,
      slug: `d-${slug}`,
      title: "Test data",
      exposure,
      licence: "CC-BY-4.0",
      source: "elsewhere",
      description: "",
      files: [{ name: "a.csv", bytes: 1, sha256: sha256Of("a") }],
    });
    const id = newPublicId("dsv");
    const tries = Array.from({ length: 5 }, () => createDatasetVersion(admin, version(id)));
    expect(new Set((await Promise.all(tries)).map(({ number }) => number))).toEqual(new Set([2]));
    await createDatasetVersion(admin, { ...version(id), licence: "CC0-1.0" });
    const corrected = await getDataset(db(), admin.actor, "external", { slug: `d-${slug}`, number: 2 });
    expect(corrected).toMatchObject({ licence: "CC0-1.0", source: "elsewhere", files: [{ name: "a.csv" }] });
    const others = Array.from({ length: 5 }, () => createDatasetVersion(admin, version(newPublicId("dsv"))));
    expect((await Promise.all(others)).map(({ number }) => number).sort()).toEqual([3, 4, 5, 6, 7]);
    expect(await codeOf(createDatasetVersion(admin, version(newPublicId("dsv"), "internal")))).toBe(
      "conflict",
    );
    // The newest that somebody may read is the one with a competition on it.
    const { number, files } = await getDataset(db(), ada.actor, "external", { slug: `d-${slug}` });
    expect([number, files.map(({ name }) => name)]).toEqual([1, ["train.csv"]]);
  });
});
