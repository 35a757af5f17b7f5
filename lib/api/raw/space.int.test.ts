import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type StoreLayout, storeLayout } from "@/lib/competitions/store/layout";
import { reserveOf } from "@/lib/competitions/store/space";
import { seedCompetition } from "@/lib/competitions/testing";
import { testCaller } from "../testing";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./testing/store";

const mb = 2 ** 20;

let lab: TestStore;
let disk: string;
let store: StoreLayout;
let call: TestStore["call"];
let ana: TestPerson;
let slug: string;

beforeAll(async () => {
  lab = await testStore();
  disk = join(lab.store.submissions, "small-disk");
  execFileSync("mkdir", [disk]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=100m", "small-disk", disk]);
  store = storeLayout(disk);
  execFileSync("mkdir", [store.uploads, store.submissions]);
  call = testCaller({ ...lab.services, competitionsDir: disk });
  ana = await lab.person();
  slug = (await seedCompetition(lab.admin.context, { settings: { maxUploadBytes: 80 * mb } })).slug;
});
afterAll(async () => {
  execFileSync("umount", [disk]);
  await lab.close();
});

function freeBytes(): { free: number; reserve: number } {
  const { bavail, bsize, blocks } = statfsSync(disk);
  return { free: bavail * bsize, reserve: reserveOf(blocks * bsize) };
}

/** A body of which nobody says how long it is. @param seen the least that was free meanwhile */
function body(bytes: number, seen: { free: number }, fill: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      seen.free = Math.min(seen.free, freeBytes().free);
      if (sent === bytes) return controller.close();
      sent += mb;
      controller.enqueue(new Uint8Array(mb).fill(fill));
    },
  });
}

it("files that arrive at once leave the reserve free, though each alone would have fitted", async () => {
  const seen = { free: Number.POSITIVE_INFINITY };
  const path = `/external/competitions/${slug}/submissions?filename=p.csv`;
  const sent = [1, 2].map((fill) =>
    call({ method: "POST", path, as: ana.as, body: body(60 * mb, seen, fill) }),
  );
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(statuses).toContain(503);
  expect(statuses.filter((status) => status !== 503 && status !== 201)).toEqual([]);
  expect(seen.free).toBeGreaterThanOrEqual(freeBytes().reserve);
  expect(filesBelow(store.staged)).toEqual([]);
  for (const name of filesBelow(store.submissions)) execFileSync("rm", [store.submission(name)]);
});

it("an upload in parts needs no second place to become a submission", async () => {
  const upload = (method: string, at: string, headers: Record<string, string>, bytes?: Uint8Array) =>
    call({ method, path: at, as: ana.as, headers: { "tus-resumable": "1.0.0", ...headers }, body: bytes });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const begun = await upload("POST", "/external/uploads", {
    "upload-length": String(60 * mb),
    "upload-metadata": `slug ${base64(slug)},filename ${base64("p.csv")}`,
  });
  const at = begun.headers.get("location")?.replace("/api/v2", "") ?? "";
  const type = { "content-type": "application/offset+octet-stream" };
  for (let offset = 0; offset < 60 * mb; offset += 5 * mb) {
    const part = await upload(
      "PATCH",
      at,
      { ...type, "upload-offset": String(offset) },
      new Uint8Array(5 * mb),
    );
    expect(part.status).toBe(204);
  }
  expect(filesBelow(store.submissions)).toHaveLength(1);
  expect(filesBelow(store.uploads)).toEqual([]);
});
