import { createHash, createPublicKey, type JsonWebKey } from "node:crypto";
import { AppError } from "@/lib/kernel/errors";
import { maxRsaBits, minRsaBits } from "./tunables";
import { WireReader } from "./wire";

export interface ParsedSshKey {
  readonly type: string;
  readonly bits: number;
  /** `SHA256:…` without padding, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** `type base64`, without options or comment: safe to write into an authorized_keys file. */
  readonly publicKey: string;
}

const curves = {
  nistp256: { bits: 256, jwk: "P-256" },
  nistp384: { bits: 384, jwk: "P-384" },
  nistp521: { bits: 521, jwk: "P-521" },
} as const;

type KeyReader = (reader: WireReader) => { bits: number; jwk: JsonWebKey };

const keyReaders: Record<string, KeyReader> = {
  "ssh-ed25519": readEd25519,
  "sk-ssh-ed25519@openssh.com": securityKey(readEd25519),
  "ecdsa-sha2-nistp256": ecdsa("nistp256"),
  "ecdsa-sha2-nistp384": ecdsa("nistp384"),
  "ecdsa-sha2-nistp521": ecdsa("nistp521"),
  "sk-ecdsa-sha2-nistp256@openssh.com": securityKey(ecdsa("nistp256")),
  "ssh-rsa": readRsa,
};

/**
 * Reads one line of an OpenSSH public key file and checks that it is a whole, strong key and nothing else.
 * @throws AppError invalid, with what is wrong and what to paste instead
 */
export function parseSshPublicKey(text: string): ParsedSshKey {
  const line = singleLine(text);
  const [type = "", base64 = ""] = line.split(/[ \t]+/);
  const readKey = Object.hasOwn(keyReaders, type) ? keyReaders[type] : undefined;
  if (!readKey) throw refuse(unknownTypeMessage(line, type));
  const blob = Buffer.from(base64, "base64");
  if (base64 === "" || blob.toString("base64") !== base64) {
    throw refuse(
      "The key is cut off or has been altered: its middle part is not valid base64. Copy the whole line.",
    );
  }
  const bits = checkBlob(blob, type, readKey);
  return {
    type,
    bits,
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    publicKey: `${type} ${base64}`,
  };
}

function refuse(message: string): AppError {
  return new AppError("invalid", message, { fields: { publicKey: message } });
}

function singleLine(text: string): string {
  if (/PRIVATE KEY|PuTTY-User-Key-File/i.test(text)) {
    throw refuse(
      "This is a private key. It was not stored, but if anyone could have seen it, make a new pair with ssh-keygen. Paste the public half: the file that ends in .pub.",
    );
  }
  const line = text.trim();
  if (line.startsWith("---- BEGIN SSH2 PUBLIC KEY")) {
    throw refuse(
      "This is the RFC 4716 form. Convert it with `ssh-keygen -i -f FILE` and paste the line it prints.",
    );
  }
  if (/[\r\n]/.test(line)) {
    throw refuse("Paste one key on one line; add further keys one by one.");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being refused
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line))
    throw refuse("The key contains control characters. Copy it anew.");
  return line;
}

function unknownTypeMessage(line: string, type: string): string {
  if (type.includes("-cert-v0")) {
    return "This is an SSH certificate. Paste the plain public key that it was made from.";
  }
  if (type === "ssh-dss") return "DSA keys are too weak. Make a new one with `ssh-keygen -t ed25519`.";
  const known = Object.keys(keyReaders).find((name) => line.includes(`${name} AAAA`));
  if (known) return `Options in front of the key are not taken. Paste it from \`${known}\` on.`;
  return "This is not an OpenSSH public key. Paste the line from your .pub file; it starts with `ssh-ed25519`, `ecdsa-sha2-…`, `sk-…` or `ssh-rsa`.";
}

/** Size in bits, after every field, the end of the blob and the key's mathematics have been checked. */
function checkBlob(blob: Buffer, type: string, readKey: KeyReader): number {
  try {
    const reader = new WireReader(blob);
    if (reader.text() !== type) throw new Error("another type inside");
    const { bits, jwk } = readKey(reader);
    reader.end();
    // OpenSSL refuses points off the curve and the like.
    createPublicKey({ key: jwk, format: "jwk" });
    return bits;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw refuse(
      `This is not a whole ${type} key: it is cut off, has something added or was altered. Copy it anew.`,
    );
  }
}

function readEd25519(reader: WireReader): { bits: number; jwk: JsonWebKey } {
  const point = reader.bytes();
  if (point.length !== 32) throw new Error("wrong length");
  return { bits: 256, jwk: { kty: "OKP", crv: "Ed25519", x: point.toString("base64url") } };
}

function ecdsa(curve: keyof typeof curves): KeyReader {
  return (reader) => {
    if (reader.text() !== curve) throw new Error("another curve inside");
    const { bits, jwk } = curves[curve];
    const point = reader.bytes();
    const size = Math.ceil(bits / 8);
    if (point.length !== 1 + 2 * size || point[0] !== 4) throw new Error("not an uncompressed point");
    const x = point.subarray(1, 1 + size).toString("base64url");
    const y = point.subarray(1 + size).toString("base64url");
    return { bits, jwk: { kty: "EC", crv: jwk, x, y } };
  };
}

/** A key on a hardware token: the plain key, then the application it was made for. */
function securityKey(readPlain: KeyReader): KeyReader {
  return (reader) => {
    const key = readPlain(reader);
    if (reader.text() === "") throw new Error("no application");
    return key;
  };
}

function readRsa(reader: WireReader): { bits: number; jwk: JsonWebKey } {
  const exponent = reader.positiveInteger();
  const modulus = reader.positiveInteger();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < minRsaBits) {
    throw refuse(
      `This RSA key has ${bits} bits; at least ${minRsaBits} are needed. Make a new one with \`ssh-keygen -t ed25519\`.`,
    );
  }
  if (bits > maxRsaBits) throw refuse(`This RSA key has ${bits} bits; at most ${maxRsaBits} are taken.`);
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1 && ((modulus.at(-1) ?? 0) & 1) === 1;
  if (!odd || exponent.equals(Buffer.from([1])) || exponent.length > 8)
    throw new Error("impossible exponent");
  return { bits, jwk: { kty: "RSA", e: exponent.toString("base64url"), n: modulus.toString("base64url") } };
}
