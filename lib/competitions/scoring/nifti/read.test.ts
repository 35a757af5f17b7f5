import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { expectedValue, isClose, referenceCases, referenceFolder } from "../testing/mask-reference";
import { type NiftiFile, niftiFile } from "../testing/nifti-file";
import { orientationOf } from "./affine";
import type { Bytes } from "./plain-bytes";
import { readNifti } from "./read";

/** In pieces as small as a network's worst. */
async function* inPieces(bytes: Buffer, size = 65536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(source: Bytes) {
  const stored: number[] = [];
  const header = await readNifti(source, "c1", ({ voxels }) => (values, from) => {
    expect(from).toBe(stored.length);
    expect(from + values.length).toBeLessThanOrEqual(voxels);
    for (const value of values) stored.push(value);
  });
  return { header, stored, values: stored.map((value) => value * header.slope + header.inter) };
}

const readFile = (file: NiftiFile) => read(inPieces(niftiFile(file)));

/** The rule that it is refused by, or what it was taken for. */
async function ruleOf(bytes: Buffer, size?: number): Promise<unknown> {
  try {
    const { stored } = await read(inPieces(bytes, size));
    return `accepted ${stored.length}`;
  } catch (error) {
    expect(error).toMatchObject({ name: "Rejection", where: { case: "c1" } });
    return (error as { rule?: unknown }).rule;
  }
}

const folder = referenceFolder("metric-cases");
const inputsSchema = z.object({ file: z.string() });

function summary(stored: readonly number[], values: readonly number[]) {
  const least = (all: readonly number[]) => all.reduce((low, value) => Math.min(low, value), Infinity);
  return {
    sum: values.reduce((sum, value) => sum + value, 0),
    min: least(values),
    max: -least(values.map((value) => -value)),
    nonzero: values.filter((value) => value !== 0).length,
    first_values: values.slice(0, 12),
    sha256_stored_int32_le_x_fastest: createHash("sha256").update(Int32Array.from(stored)).digest("hex"),
  };
}

describe.skipIf(!folder)("reference cases", () => {
  for (const { id, inputs, expected } of folder ? referenceCases(folder, "nii-") : [])
    test(id, async () => {
      const source = createReadStream(join(folder ?? "", inputsSchema.parse(inputs).file));
      if ("accept" in expected) {
        await expect(read(source)).rejects.toMatchObject({ name: "Rejection", where: { case: "c1" } });
        return;
      }
      const { header, stored, values } = await read(source);
      const actual: Record<string, unknown> = {
        shape: header.shape,
        spacing_mm: header.spacing,
        datatype_code: header.datatype,
        orientation: orientationOf(header.affine),
        affine: header.affine,
        ...summary(stored, values),
      };
      for (const name of Object.keys(expected)) {
        const { value, tol } = expectedValue(expected[name]);
        expect(isClose(actual[name], value, tol ?? 0), `${name}: ${actual[name]}`).toBe(true);
      }
    });
});

/** Two voxels of one type, as bytes. */
function pair(bytes: number, set: (view: DataView, at: number, which: 0 | 1) => void): Buffer {
  const buffer = new ArrayBuffer(2 * bytes);
  set(new DataView(buffer), 0, 0);
  set(new DataView(buffer), bytes, 1);
  return Buffer.from(buffer);
}

type Setter = (view: DataView, at: number, value: number, little: boolean) => void;

const types: readonly [datatype: number, bytes: number, values: readonly [number, number], set: Setter][] = [
  [2, 1, [0, 255], (view, at, value) => view.setUint8(at, value)],
  [256, 1, [-128, 127], (view, at, value) => view.setInt8(at, value)],
  [4, 2, [-32768, 258], (view, at, value, little) => view.setInt16(at, value, little)],
  [512, 2, [65535, 258], (view, at, value, little) => view.setUint16(at, value, little)],
  [8, 4, [-(2 ** 31), 16909060], (view, at, value, little) => view.setInt32(at, value, little)],
  [768, 4, [2 ** 32 - 1, 16909060], (view, at, value, little) => view.setUint32(at, value, little)],
  [16, 4, [-1.5, 2 ** 24], (view, at, value, little) => view.setFloat32(at, value, little)],
  [64, 8, [-0.1, 1e300], (view, at, value, little) => view.setFloat64(at, value, little)],
  [
    1024,
    8,
    [-(2 ** 53 - 1), 2 ** 53 - 1],
    (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  ],
  [1280, 8, [2 ** 53 - 1, 258], (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
];

for (const version of [1, 2] as const)
  for (const little of [true, false])
    test(`NIfTI-${version}, ${little ? "little" : "big"} endian: every real type, in pieces of 3 bytes`, async () => {
      for (const [datatype, bytes, values, set] of types) {
        const voxels = pair(bytes, (view, at, which) => set(view, at, values[which], little));
        const file = niftiFile({ version, little, datatype, dim: [3, 2, 1, 1], voxels });
        expect((await read(inPieces(file, 3))).stored).toEqual([...values]);
        expect((await read(inPieces(gzipSync(file), 3))).stored).toEqual([...values]);
      }
    });

test("64-bit values that a double can't hold are refused", async () => {
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 62n + 1n]) {
    const voxels = pair(8, (view, at) => view.setBigInt64(at, value, true));
    expect(await ruleOf(niftiFile({ datatype: 1024, dim: [1, 2], voxels }))).toBe("nifti-value-range");
  }
});

test("scaling is applied where there is a slope; 0 and NaN mean none", async () => {
  const voxels = Buffer.from([1, 2]);
  const values = async (slope: number, inter: number) =>
    (await readFile({ dim: [1, 2], voxels, slope, inter })).values;
  expect(await values(2, -1)).toEqual([1, 3]);
  expect(await values(0, 7)).toEqual([1, 2]);
  expect(await values(Number.NaN, 7)).toEqual([1, 2]);
  await expect(values(1, Number.NaN)).rejects.toMatchObject({ rule: "nifti-scaling" });
});

test("trailing dimensions of one are dropped, and no others", async () => {
  const shape = async (...dim: number[]) => (await readFile({ dim: [dim.length, ...dim] })).header.shape;
  expect(await shape(2, 3, 4, 1, 1)).toEqual([2, 3, 4]);
  expect(await shape(2, 3, 1)).toEqual([2, 3]);
  expect(await shape(2, 1, 3)).toEqual([2, 1, 3]);
  expect(await shape(1, 1, 1)).toEqual([1]);
});

test("the sform comes before the qform, and spacing alone stands for neither", async () => {
  const srow = [0, -2, 0, 5, 3, 0, 0, 6, 0, 0, 4, 7];
  const both: NiftiFile = {
    spacing: [3, 2, 4],
    srow,
    sformCode: 1,
    qformCode: 1,
    quaternion: [0, 0, Math.SQRT1_2],
    qoffset: [8, 9, 10],
  };
  const sform = (await readFile(both)).header;
  expect(sform.affine).toEqual([
    [0, -2, 0, 5],
    [3, 0, 0, 6],
    [0, 0, 4, 7],
    [0, 0, 0, 1],
  ]);
  expect(orientationOf(sform.affine)).toBe("ALS");
  // A quarter turn about z: x goes to y, y to -x; with qfac -1 the third axis points down.
  const qform = (await readFile({ ...both, sformCode: 0, qfac: -1 })).header;
  const expected = [
    [0, -2, 0, 8],
    [3, 0, 0, 9],
    [0, 0, -4, 10],
    [0, 0, 0, 1],
  ];
  expect(isClose(qform.affine, expected, 1e-6)).toBe(true);
  expect(orientationOf(qform.affine)).toBe("ALI");
  const neither = (await readFile({ ...both, sformCode: 0, qformCode: 0 })).header;
  expect(neither.affine).toEqual([
    [3, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 4, 0],
    [0, 0, 0, 1],
  ]);
});

test("a quaternion that rounding made too long is a half turn", async () => {
  const { header } = await readFile({ sformCode: 0, qformCode: 1, quaternion: [1.0000001, 0, 0] });
  expect(
    isClose(
      header.affine,
      [
        [1, 0, 0, 0],
        [0, -1, 0, 0],
        [0, 0, -1, 0],
        [0, 0, 0, 1],
      ],
      1e-6,
    ),
  ).toBe(true);
});

/** An extension as the chain has it: its size, a code, content. */
function extension(size: number, length = size): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeInt32LE(size, 0);
  return bytes;
}

const extender = Buffer.from([1, 0, 0, 0]);

test("extensions whose sizes fit are passed over", async () => {
  const between = Buffer.concat([extender, extension(16), extension(4096)]);
  const { stored } = await readFile({ between, voxels: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]) });
  expect(stored).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("gzip members may follow each other", async () => {
  const file = niftiFile();
  const members = Buffer.concat([gzipSync(file.subarray(0, 100)), gzipSync(file.subarray(100))]);
  expect(await ruleOf(members)).toBe("accepted 8");
});

const good = niftiFile();
const zipped = gzipSync(good);
const damaged = Buffer.from(zipped);
damaged.writeUInt8((damaged.at(-6) ?? 0) ^ 1, damaged.length - 6);

const hostile: readonly [what: string, bytes: Buffer, rule: string][] = [
  ["nothing", Buffer.alloc(0), "nifti-truncated"],
  ["one byte", Buffer.from([0x1f]), "nifti-truncated"],
  ["text", Buffer.from("id,label\n".repeat(100)), "nifti-magic"],
  ["an empty gzip stream", gzipSync(Buffer.alloc(0)), "nifti-truncated"],
  ["a header cut short", good.subarray(0, 200), "nifti-truncated"],
  ["no extender", good.subarray(0, 348), "nifti-truncated"],
  ["a voxel short", good.subarray(0, good.length - 1), "nifti-truncated"],
  ["a byte too many", Buffer.concat([good, Buffer.alloc(1)]), "nifti-trailing-data"],
  ["gzip: a byte too many inside", gzipSync(Buffer.concat([good, Buffer.alloc(1)])), "nifti-trailing-data"],
  ["gzip: zeros after the end", Buffer.concat([zipped, Buffer.alloc(512)]), "nifti-trailing-data"],
  ["gzip: text after the end", Buffer.concat([zipped, Buffer.from("PAYLOAD")]), "nifti-compression"],
  ["gzip: cut", zipped.subarray(0, zipped.length - 12), "nifti-compression"],
  ["gzip: cut within its checksum", zipped.subarray(0, zipped.length - 3), "nifti-compression"],
  ["gzip: a wrong checksum", damaged, "nifti-compression"],
  ["gzip in gzip", gzipSync(zipped), "nifti-truncated"],
  ["no magic (ANALYZE 7.5)", niftiFile({ magic: "\0\0\0\0" }), "nifti-magic"],
  ["the other version's magic", niftiFile({ version: 2, magic: "n+1\0" }), "nifti-magic"],
  ["the header of a pair", niftiFile({ magic: "ni1\0" }), "nifti-detached"],
  ["the header of a pair, version 2", niftiFile({ version: 2, magic: "ni2\0\r\n\x1a\n" }), "nifti-detached"],
  ["no dimensions", niftiFile({ dim: [0] }), "nifti-dimensions"],
  ["eight dimensions", niftiFile({ dim: [8, 1, 1, 1, 1, 1, 1, 1] }), "nifti-dimensions"],
  ["a dimension of 0", niftiFile({ dim: [3, 2, 0, 2] }), "nifti-dimensions"],
  ["a negative dimension", niftiFile({ dim: [3, 2, -2, 2] }), "nifti-dimensions"],
  ["four true dimensions", niftiFile({ dim: [4, 2, 2, 2, 2] }), "nifti-dimensions"],
  ["35 TB", niftiFile({ dim: [3, 32767, 32767, 32767] }), "nifti-dimensions"],
  ["2^62 voxels", niftiFile({ version: 2, dim: [1, 2 ** 62] }), "nifti-dimensions"],
  ["RGB", niftiFile({ datatype: 128 }), "nifti-datatype"],
  ["RGBA", niftiFile({ datatype: 2304, bits: 32 }), "nifti-datatype"],
  ["complex", niftiFile({ datatype: 32, bits: 64 }), "nifti-datatype"],
  ["float128", niftiFile({ datatype: 1536, bits: 128 }), "nifti-datatype"],
  ["an unknown type", niftiFile({ datatype: 77 }), "nifti-datatype"],
  ["bits that are not the type's", niftiFile({ datatype: 4, bits: 8 }), "nifti-datatype"],
  ["voxels within the header", niftiFile({ offset: 0 }), "nifti-offset"],
  ["voxels between two bytes", niftiFile({ offset: 352.5 }), "nifti-offset"],
  ["voxels at NaN", niftiFile({ offset: Number.NaN }), "nifti-offset"],
  ["voxels a gigabyte away", niftiFile({ offset: 2 ** 30 }), "nifti-offset"],
  ["micrometres", niftiFile({ units: 3 }), "nifti-units"],
  ["a spacing of 0", niftiFile({ spacing: [1, 0, 1] }), "nifti-spacing"],
  ["a negative spacing", niftiFile({ spacing: [1, 1, -1] }), "nifti-spacing"],
  ["an infinite spacing", niftiFile({ spacing: [1, 1, Infinity] }), "nifti-spacing"],
  ["NaN in the affine", niftiFile({ srow: [Number.NaN, ...Array(11).fill(0)] }), "nifti-affine"],
  [
    "an extension without end",
    niftiFile({ between: Buffer.concat([extender, extension(2 ** 30, 32)]) }),
    "nifti-extensions",
  ],
  [
    "an extension of no size",
    niftiFile({ between: Buffer.concat([extender, extension(0, 32)]) }),
    "nifti-extensions",
  ],
  [
    "an extension of negative size",
    niftiFile({ between: Buffer.concat([extender, extension(-16, 32)]) }),
    "nifti-extensions",
  ],
];

for (const [what, bytes, rule] of hostile)
  test(`refused: ${what}`, async () => {
    expect(await ruleOf(bytes)).toBe(rule);
    expect(await ruleOf(bytes, 7)).toBe(rule);
  });

/** Endless, and tells how far it was read. */
function endless(start: Buffer, more: Buffer) {
  const taken = { bytes: 0, closed: false };
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield start;
      for (;;) {
        taken.bytes += more.length;
        yield more;
      }
    } finally {
      taken.closed = true;
    }
  }
  return { taken, source: source() };
}

test("a file without end is left soon after its voxels, and closed", async () => {
  const { taken, source } = endless(good, Buffer.alloc(65536));
  await expect(read(source)).rejects.toMatchObject({ rule: "nifti-trailing-data" });
  expect(taken).toEqual({ bytes: 65536, closed: true });
});

test("a bomb is left after what its header promised", async () => {
  const bomb = gzipSync(Buffer.concat([good, Buffer.alloc(64 * 1024 * 1024)]));
  const { taken, source } = endless(Buffer.alloc(0), bomb.subarray(0, 1024));
  await expect(read(source)).rejects.toMatchObject({ name: "Rejection" });
  expect(taken.closed).toBe(true);
  expect(await ruleOf(bomb)).toBe("nifti-trailing-data");
});

test("a gzip stream that inflates to nothing for ever is found by its length", async () => {
  // Stored blocks of no bytes, none of them the last.
  const header = zipped.subarray(0, 10);
  const nothing = Buffer.from(Array.from({ length: 13107 }, () => [0, 0, 0, 0xff, 0xff]).flat());
  const { taken, source } = endless(header, nothing);
  await expect(read(source)).rejects.toMatchObject({ rule: "nifti-too-large" });
  expect(taken.bytes).toBeLessThan(5 * 1024 * 1024);
  expect(taken.closed).toBe(true);
});

test("a file may come as one piece, however large", async () => {
  const file = niftiFile({ dim: [3, 200, 200, 150], voxels: Buffer.alloc(6_000_000, 1) });
  expect((await readNifti(inPieces(file, file.length), "c1", () => () => undefined)).voxels).toBe(6_000_000);
});

test("what the source throws comes through as it is", async () => {
  const failure = Object.assign(new Error("EIO"), { code: "EIO", syscall: "read" });
  async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
    yield bytes;
    throw failure;
  }
  await expect(read(failing(good.subarray(0, 100)))).rejects.toBe(failure);
  await expect(read(failing(zipped.subarray(0, 30)))).rejects.toBe(failure);
});

test("whatever bytes are changed, it is read or refused, and ends", async () => {
  const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(good, zipped, niftiFile({ version: 2 })),
      edits,
      async (file, changes) => {
        const bytes = Buffer.from(file);
        for (const [at, byte] of changes) if (at < bytes.length) bytes.writeUInt8(byte, at);
        const outcome = await ruleOf(bytes);
        expect(outcome).toMatch(/^(accepted|nifti-)/);
      },
    ),
    { seed: 348, numRuns: 600 },
  );
});
