import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { parseSshPublicKey } from "./ssh-key";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mf-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A key pair made by the real ssh-keygen, with what it says about the public half. */
function generate(name: string, args: string[]) {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", "ada@laptop", "-f", file, ...args]);
  const listing = execFileSync("ssh-keygen", ["-l", "-f", `${file}.pub`], { encoding: "utf8" });
  const [bits, fingerprint] = listing.split(" ");
  return { file, line: readFileSync(`${file}.pub`, "utf8"), bits: Number(bits), fingerprint };
}

function field(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function line(type: string, ...fields: (Buffer | string)[]): string {
  return `${type} ${Buffer.concat([type, ...fields].map(field)).toString("base64")} x`;
}

function refusal(text: string): string {
  try {
    parseSshPublicKey(text);
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid") {
      expect(error.fields?.publicKey).toBe(error.message);
      return error.message;
    }
    throw error;
  }
  throw new Error("The key was accepted.");
}

function ed25519Point(): Buffer {
  const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url");
}

const point = ed25519Point();
const good = line("ssh-ed25519", point);

describe("accepts", () => {
  it.each([
    ["ed25519", ["-t", "ed25519"]],
    ["ecdsa256", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa384", ["-t", "ecdsa", "-b", "384"]],
    ["ecdsa521", ["-t", "ecdsa", "-b", "521"]],
    ["rsa3072", ["-t", "rsa", "-b", "3072"]],
  ])("%s, with the size and fingerprint that ssh-keygen prints", (name, args) => {
    const made = generate(name, args);
    const key = parseSshPublicKey(made.line);
    expect(key).toMatchObject({ bits: made.bits, fingerprint: made.fingerprint });
    expect(`${key.publicKey} ada@laptop\n`).toBe(made.line);
  });

  it("keys on hardware tokens", () => {
    const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
      format: "jwk",
    });
    const ecPoint = Buffer.concat([
      Buffer.from([4]),
      Buffer.from(x, "base64url"),
      Buffer.from(y, "base64url"),
    ]);
    const ed = parseSshPublicKey(line("sk-ssh-ed25519@openssh.com", point, "ssh:"));
    const ec = parseSshPublicKey(line("sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", ecPoint, "ssh:"));
    expect([ed.bits, ec.bits]).toEqual([256, 256]);
  });

  it("tabs, blanks around and comments of several words", () => {
    const [type, base64] = good.split(" ");
    expect(parseSshPublicKey(`  ${type}\t${base64} my new laptop \n`).publicKey).toBe(`${type} ${base64}`);
  });
});

describe("refuses, saying what to do", () => {
  it.each([
    ["rsa2048", ["-t", "rsa", "-b", "2048"], /has 2048 bits; at least 3072/],
    ["rsa1024", ["-t", "rsa", "-b", "1024"], /has 1024 bits/],
  ])("%s", (name, args, message) => {
    expect(refusal(generate(name, args).line)).toMatch(message);
  });

  it("private keys of every kind", () => {
    const { file } = generate("private", ["-t", "ed25519"]);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const forms = [
      readFileSync(file, "utf8"),
      rsa.export({ type: "pkcs1", format: "pem" }).toString(),
      rsa.export({ type: "pkcs8", format: "pem" }).toString(),
      "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none",
    ];
    for (const form of forms) expect(refusal(form)).toMatch(/private key\. It was not stored/);
  });

  it.each([
    ["DSA", line("ssh-dss", "x"), /DSA keys are too weak/],
    ["certificates", line("ssh-ed25519-cert-v01@openssh.com", "x"), /certificate/],
    ["options", `command="sh" ${good}`, /Options in front/],
    ["options without blanks", `restrict,pty ${good}`, /Options in front/],
    ["several keys", `${good}\n${good}`, /one key on one line/],
    ["several keys, by carriage return", `${good}\r${good}`, /one key on one line/],
    ["control characters", `${good}\u0000`, /control characters/],
    ["RFC 4716", "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", /ssh-keygen -i/],
    ["something else", "hello", /not an OpenSSH public key/],
    ["nothing", "", /not an OpenSSH public key/],
    ["inherited property names", "constructor AAAA", /not an OpenSSH public key/],
    ["a missing middle", "ssh-ed25519", /not valid base64/],
    ["junk after the base64", good.replace(" x", "!x"), /not valid base64/],
    ["another type inside", `ssh-rsa ${good.split(" ")[1]}`, /not a whole ssh-rsa key/],
    ["a point off the curve", line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4)), /not a whole/],
    ["another curve inside", line("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(97, 4)), /not a whole/],
    ["a token key without application", line("sk-ssh-ed25519@openssh.com", point, ""), /not a whole/],
    ["an even RSA exponent", line("ssh-rsa", Buffer.from([2]), Buffer.alloc(385, 0x7f)), /not a whole/],
    ["a negative RSA modulus", line("ssh-rsa", Buffer.from([3]), Buffer.alloc(384, 0xff)), /not a whole/],
    ["an endless RSA modulus", line("ssh-rsa", Buffer.from([3]), Buffer.alloc(3000, 0x7f)), /at most 16384/],
  ])("%s", (_what, text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe("whatever is pasted", () => {
  const blob = Buffer.from(good.split(" ")[1] ?? "", "base64");
  const withBlob = (bytes: Buffer) => `ssh-ed25519 ${bytes.toString("base64")}`;

  it("a cut-off key is refused", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: blob.length - 1 }), (length) => {
        refusal(withBlob(blob.subarray(0, length)));
      }),
    );
  });

  it("a key with something added is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (junk) => {
        refusal(withBlob(Buffer.concat([blob, junk])));
      }),
    );
  });

  it("what is stored never holds more than one type and one base64 word", () => {
    const words = fc.constantFrom(
      "ssh-ed25519",
      "ssh-rsa",
      'from="*"',
      good,
      "\n",
      "\t",
      " ",
      "#",
      "=",
      "AAAA",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 8 }), (parts) => {
        try {
          expect(parseSshPublicKey(parts.join(" ")).publicKey).toMatch(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("any bytes behind a known type give an answer, never a crash", () => {
    const types = fc.constantFrom(
      "ssh-ed25519",
      "ssh-rsa",
      "ecdsa-sha2-nistp521",
      "sk-ssh-ed25519@openssh.com",
    );
    fc.assert(
      fc.property(types, fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 4 }), (type, fields) => {
        refusal(line(type, ...fields.map((bytes) => Buffer.from(bytes)), Buffer.alloc(3)));
      }),
    );
  });
});
