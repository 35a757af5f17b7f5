import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { hollowZip64, type ZipEntry, zipFile } from "../scoring/testing/zip-file";
import { InvalidFolder } from "./problems";
import { unpackZip } from "./unzip";

let parent: string;
let serial = 0;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "mf-unzip-"));
});
afterAll(() => rmSync(parent, { recursive: true }));

interface Tried {
  readonly dir: string;
  /** What is wrong with it, a line each; null where it was unpacked. */
  readonly problems: string | null;
  /** Bytes that room was asked for; null where nothing was asked. */
  readonly asked: number | null;
}

async function unpack(zip: Buffer): Promise<Tried> {
  const path = join(parent, `${serial++}.zip`);
  const dir = join(parent, `folder-${serial}`);
  mkdirSync(dir);
  writeFileSync(path, zip);
  let asked: number | null = null;
  try {
    await unpackZip(path, dir, {
      assertRoom: async (bytes) => {
        asked = bytes;
      },
    });
    return { dir, problems: null, asked };
  } catch (error) {
    if (error instanceof InvalidFolder) return { dir, problems: error.message, asked };
    throw error;
  }
}

const written = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(dir.length + 1), readFileSync(path, "utf8")]),
  );

const file = (name: string, content = name): ZipEntry => ({ name, content: Buffer.from(content) });
const plain = [file("competition.json"), file("private/truth.csv"), { ...file("public/a/b.csv"), method: 0 }];
const names = { "competition.json": "competition.json", "private/truth.csv": "private/truth.csv" };

describe("what is whole", () => {
  it("is unpacked as it is, folders and packers' remarks aside", async () => {
    const remarks = [file("__MACOSX/._x"), file(".DS_Store"), file("public/.DS_Store"), file("public/", "")];
    const { dir, asked } = await unpack(zipFile([...plain, ...remarks]));
    expect(written(dir)).toEqual({ ...names, "public/a/b.csv": "public/a/b.csv" });
    expect(asked).toBe(16 + 17 + 14);
  });

  it("in a folder of its own is taken as if it were at the top", async () => {
    const inside = plain.map((entry) => ({ ...entry, name: `fine-needle/${entry.name}` }));
    expect(Object.keys(written((await unpack(zipFile(inside))).dir)).sort()).toEqual([
      ...Object.keys(names),
      "public/a/b.csv",
    ]);
    const { dir } = await unpack(zipFile([file("private/truth.csv")]));
    expect(Object.keys(written(dir))).toEqual(["private/truth.csv"]);
  });
});

const bomb = (claimed: number): ZipEntry => ({ ...file("big.csv"), uncompressedSize: claimed });
const link = () => {
  const zip = zipFile([file("a.csv"), file("b.csv")]);
  const at = zip.indexOf("PK\x01\x02");
  zip.writeUInt8(3, at + 5);
  zip.writeUInt32LE(0o120777 * 2 ** 16, at + 38);
  return zip;
};
const overlapping = () => {
  const content = Buffer.alloc(2_000, "x");
  const zip = zipFile([{ name: "a.csv", content, method: 0 }, file("b.csv"), file("c.csv")]);
  // The second and third entries of the table of contents begin where the first does.
  let at = zip.indexOf("PK\x01\x02");
  for (let entry = 0; entry < 3; entry++) {
    zip.writeUInt32LE(2_000, at + 20);
    zip.writeUInt32LE(0, at + 42);
    at = zip.indexOf("PK\x01\x02", at + 1);
  }
  return zip;
};

describe("what is refused before a byte is written", () => {
  it.each<[string, Buffer, RegExp]>([
    ["nothing", Buffer.alloc(0), /no zip/],
    ["no zip", Buffer.from("competition.json"), /no zip/],
    ["a zip cut short", zipFile(plain).subarray(0, -30), /no zip/],
    ["a table of contents beyond the file", hollowZip64(2n ** 60n), /no zip|damaged/],
    ["a way out", zipFile([file("../evil.csv")]), /^\.\.\/evil\.csv: Names have/],
    ["a way out in the middle", zipFile([file("public/../../evil.csv")]), /Names have/],
    ["an absolute path", zipFile([file("/etc/passwd")]), /Names have/],
    ["a backslash", zipFile([file("public\\a.csv")]), /Names have/],
    ["a hidden file", zipFile([file(".ssh/authorized_keys")]), /Names have/],
    ["a control character", zipFile([file("a\u0007.csv")]), /^a\\u0007\.csv: Names have/],
    ["a path too long", zipFile([file(`${"a/".repeat(120)}b`)]), /at most 200 characters/],
    ["a name twice", zipFile([file("a.csv"), file("a.csv", "other")]), /a\.csv: The zip has it twice/],
    ["a file for a folder", zipFile([file("a"), file("a/b.csv")]), /a: The zip has a file and a folder/],
    ["what is encrypted", zipFile([{ ...file("a.csv"), flags: 1 }]), /a\.csv: It is encrypted/],
    ["another packing", zipFile([{ ...file("a.csv"), method: 12 }]), /method 12/],
    ["a symbolic link", link(), /a\.csv: Neither a file nor a folder/],
    ["entries over each other", overlapping(), /lie over each other/],
    ["a bomb", zipFile([bomb(2 ** 31)]), /claims to hold 2147483648/],
  ])("%s", async (_what, zip, problems) => {
    const tried = await unpack(zip);
    expect(tried.problems).toMatch(problems);
    expect(tried.asked).toBeNull();
    expect(written(tried.dir)).toEqual({});
  });

  it("more than there is room for, by what is claimed", async () => {
    const path = join(parent, "roomy.zip");
    const dir = mkdtempSync(join(parent, "roomy-"));
    writeFileSync(path, zipFile(plain));
    const assertRoom = () => Promise.reject(new AppError("unavailable", "No room."));
    await expect(unpackZip(path, dir, { assertRoom })).rejects.toThrow("No room.");
    expect(written(dir)).toEqual({});
  });

  it("all of it at once, but no more than somebody reads", async () => {
    const { problems } = await unpack(
      zipFile(Array.from({ length: 300 }, (_, n) => file(`-${n}`)).concat(file("../x"))),
    );
    expect(problems?.split("\n")).toHaveLength(100);
  });
});

describe("what claims otherwise than it holds", () => {
  const long = Buffer.alloc(1_000_000, "a,b\n");

  it("is damaged, and ends where it has more than it said", async () => {
    const { dir, problems } = await unpack(
      zipFile([{ name: "a.csv", content: long, uncompressedSize: 1_000 }]),
    );
    expect(problems).toBe("a.csv: It is damaged in the zip.");
    expect(written(dir)["a.csv"]?.length ?? 0).toBeLessThanOrEqual(1_000);
  });

  it("has another checksum, or fewer bytes", async () => {
    for (const changed of [{ crc: 1 }, { uncompressedSize: 2_000_000 }])
      expect((await unpack(zipFile([{ name: "a.csv", content: long, ...changed }]))).problems).toBe(
        "a.csv: It is damaged in the zip.",
      );
  });
});
