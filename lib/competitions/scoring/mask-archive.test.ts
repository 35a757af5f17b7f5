import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crc32 } from "./crc32";
import { openMaskArchive } from "./mask-archive";
import { hollowZip64, type ZipEntry, zipFile } from "./testing/zip-file";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mf-archive-"));
});
afterAll(() => rm(folder, { recursive: true }));

const content = Buffer.from("what a case holds");
const ids = ["a", "b"];
const a: ZipEntry = { name: "a.nii.gz", content };
const b: ZipEntry = { name: "b.nii", content, method: 0 };

/** What each case holds, read to its end. */
async function contents(zip: Buffer): Promise<string[]> {
  const path = join(folder, "submission.zip");
  await writeFile(path, zip);
  const archive = await openMaskArchive(path, ids);
  try {
    const all: string[] = [];
    for (const id of ids) {
      const pieces: Uint8Array[] = [];
      for await (const piece of archive.read(id)) pieces.push(piece);
      all.push(Buffer.concat(pieces).toString());
    }
    return all;
  } finally {
    await archive.close();
  }
}

const whole = [content.toString(), content.toString()];

test("stored and deflated entries, in any order", async () => {
  expect(await contents(zipFile([a, b]))).toEqual(whole);
  expect(await contents(zipFile([b, a]))).toEqual(whole);
});

test("notes that a Mac puts beside each file are passed over, wherever they lie", async () => {
  const notes = [
    "__MACOSX/",
    "__MACOSX/._a.nii.gz",
    "__MACOSX/._b.nii",
    "._a.nii.gz",
    ".DS_Store",
    "Thumbs.db",
  ];
  const zip = zipFile([...notes.map((name) => ({ name, content: Buffer.from("Mac OS X") })), a, b]);
  expect(await contents(zip)).toEqual(whole);
});

test("a case of no bytes and one of many", async () => {
  const many = Buffer.alloc(300_000, "abc");
  const zip = zipFile([
    { ...a, content: many },
    { ...b, content: Buffer.alloc(0) },
  ]);
  expect(await contents(zip)).toEqual([many.toString(), ""]);
});

test("CRC-32 as everybody has it", () => {
  const check = Buffer.from("123456789");
  expect(crc32(check, 0)).toBe(0xcbf43926);
  expect(crc32(check.subarray(4), crc32(check.subarray(0, 4), 0))).toBe(0xcbf43926);
});

const plain = zipFile([a, b]);
const wrongEntries = Buffer.from(plain);
wrongEntries.writeUInt16LE(3, wrongEntries.length - 12);
const overlong = Buffer.from(zipFile([{ ...a, method: 0 }, b]));
overlong.fill(0xff, 0, 4);

const hostile: readonly [what: string, zip: Buffer, rule: string, where: object][] = [
  ["nothing", Buffer.alloc(0), "archive-unreadable", {}],
  ["a file that is no zip", Buffer.from("id,label\n"), "archive-unreadable", {}],
  ["a zip cut short", plain.subarray(0, plain.length - 30), "archive-unreadable", {}],
  ["a zip with bytes after it", Buffer.concat([plain, Buffer.alloc(9)]), "archive-unreadable", {}],
  ["a table of contents 2^60 bytes in", hollowZip64(2n ** 60n), "archive-unreadable", {}],
  ["a table of contents 2^64 - 1 bytes in", hollowZip64(2n ** 64n - 1n), "archive-unreadable", {}],
  ["more entries said than there are", wrongEntries, "archive-unreadable", {}],
  ["no entries", zipFile([]), "missing-id", { case: "a" }],
  ["a case missing", zipFile([a]), "missing-id", { case: "b" }],
  ["a case twice", zipFile([a, a, b]), "duplicate-id", { case: "a" }],
  ["a case as .nii and .nii.gz", zipFile([a, { ...a, name: "a.nii" }]), "duplicate-id", { case: "a" }],
  ["an unknown case", zipFile([a, b, { ...a, name: "c.nii" }]), "unknown-id", { case: "c" }],
  ["an unknown case in other letters", zipFile([{ ...a, name: "A.nii" }]), "unknown-id", { case: "A" }],
  ["a name beyond belief", zipFile([{ ...a, name: `${"x".repeat(60_000)}.nii` }]), "unknown-id", {}],
  ["five entries for two cases", zipFile([a, b, a, b, a]), "archive-too-many-entries", {}],
  ["60000 entries", zipFile(Array(60_000).fill(b)), "archive-too-many-entries", {}],
  ["another kind of file", zipFile([a, b, { ...a, name: "notes.txt" }]), "archive-name", {}],
  ["a name of nothing", zipFile([{ ...a, name: "" }]), "archive-name", {}],
  ["no id", zipFile([{ ...a, name: ".nii" }]), "unknown-id", { case: "" }],
  ["a folder", zipFile([{ name: "pred/", content: Buffer.alloc(0), method: 0 }]), "archive-name", {}],
  ["a file in a folder", zipFile([{ ...a, name: "pred/a.nii.gz" }]), "archive-name", {}],
  ["a way out", zipFile([{ ...a, name: "../a.nii.gz" }]), "archive-name", {}],
  ["a way out backwards", zipFile([{ ...a, name: "..\\a.nii.gz" }]), "archive-name", {}],
  ["an absolute path", zipFile([{ ...a, name: "/etc/a.nii" }]), "archive-name", {}],
  ["a name that is no UTF-8", zipFile([{ ...a, name: Buffer.from([0xff, 0x2e, 0x6e]) }]), "archive-name", {}],
  ["an encrypted entry", zipFile([{ ...a, flags: 1 }]), "archive-encrypted", { case: "a" }],
  ["another compression", zipFile([{ ...a, method: 14 }]), "archive-compression", { case: "a" }],
  ["a wrong checksum", zipFile([{ ...a, crc: 1 }, b]), "archive-damaged", { case: "a" }],
  ["more bytes than it says", zipFile([{ ...a, uncompressedSize: 3 }, b]), "archive-damaged", { case: "a" }],
  [
    "fewer bytes than it says",
    zipFile([{ ...a, uncompressedSize: 99 }, b]),
    "archive-damaged",
    { case: "a" },
  ],
  ["an entry that is not where it should be", overlong, "archive-damaged", { case: "a" }],
];

for (const [what, zip, rule, where] of hostile)
  test(`refused: ${what}`, async () => {
    await expect(contents(zip)).rejects.toMatchObject({ name: "Rejection", rule, where });
  });

test("deflate that is none is refused, naming the case", async () => {
  const zip = Buffer.from(plain);
  zip.fill(0xff, 30 + "a.nii.gz".length, 30 + "a.nii.gz".length + 8);
  await expect(contents(zip)).rejects.toMatchObject({ rule: "archive-damaged", where: { case: "a" } });
});

test("a file that is not there is nobody's submission", async () => {
  await expect(openMaskArchive(join(folder, "absent.zip"), ids)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a volume that is left in its middle keeps nothing open", async () => {
  const path = join(folder, "large.zip");
  await writeFile(path, zipFile([{ ...a, content: Buffer.alloc(1_000_000, "abcdefg") }, b]));
  const archive = await openMaskArchive(path, ids);
  for await (const piece of archive.read("a")) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  for await (const piece of archive.read("b")) expect(piece.length).toBe(content.length);
  await archive.close();
});

/** Up to eight bytes changed, most of them where the structure is. */
const changes = (length: number) =>
  fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });

test("whatever bytes are changed, it is read or refused, and ends", async () => {
  await fc.assert(
    fc.asyncProperty(changes(plain.length), async (edits) => {
      const zip = Buffer.from(plain);
      for (const [at, byte] of edits) zip.writeUInt8(byte, at);
      const outcome = await contents(zip).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome.name).toBe("Rejection");
      else expect(outcome).toEqual(whole);
    }),
    { seed: 42, numRuns: 500 },
  );
});
