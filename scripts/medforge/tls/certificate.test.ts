import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expiryWarning, pairFault, parseCertificates, uncoveredHosts, validityFault } from "./certificate";

const dir = mkdtempSync(join(tmpdir(), "medforge-certificate-"));
const dayMs = 86_400_000;
const days = 30;

/** Signed by itself, by the real openssl. */
function make(name: string, alternatives: string, ...more: string[]): { certificate: string; key: string } {
  const [certificate, key] = [join(dir, `${name}.pem`), join(dir, `${name}.key`)];
  const kind = [
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    String(days),
  ];
  const names = ["-subj", "/CN=gpu.example.edu", "-addext", `subjectAltName=${alternatives}`];
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", ...kind, ...names, ...(more.length > 0 ? more : leaf), ...files], {
    stdio: "ignore",
  });
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

let both: ReturnType<typeof make>;
let wildcard: ReturnType<typeof make>;
beforeAll(() => {
  both = make("both", "DNS:gpu.example.edu,DNS:internal.gpu.example.edu,IP:192.0.2.7,IP:2001:db8::7");
  wildcard = make("wildcard", "DNS:*.example.edu");
});
afterAll(() => rmSync(dir, { recursive: true }));

const now = () => new Date();
const later = (inDays: number) => new Date(Date.now() + inDays * dayMs);

describe("pairFault", () => {
  it("finds nothing wrong with a pair that covers the hosts", () => {
    const hosts = ["gpu.example.edu", "internal.gpu.example.edu", "192.0.2.7", "[2001:db8::7]"];
    expect(pairFault(both, hosts, now())).toBeNull();
    expect(pairFault(wildcard, ["gpu.example.edu"], now())).toBeNull();
  });

  it("names each host that is not covered", () => {
    expect(pairFault(both, ["gpu.example.edu", "a.example.edu", "192.0.2.8"], now())).toBe(
      "it does not cover a.example.edu and 192.0.2.8",
    );
    // A star stands for one label.
    expect(pairFault(wildcard, ["internal.gpu.example.edu"], now())).toContain("internal.gpu.example.edu");
  });

  it("doesn't count the common name, as browsers don't", () => {
    const named = make("named", "DNS:other.example.edu");
    expect(pairFault(named, ["gpu.example.edu"], now())).toBe("it does not cover gpu.example.edu");
  });

  it("tells another's key, an authority's certificate, and one out of its time", () => {
    const hosts = ["gpu.example.edu"];
    expect(pairFault({ ...both, key: wildcard.key }, hosts, now())).toBe(
      "the key does not belong to the certificate",
    );
    const authority = make("authority", "DNS:gpu.example.edu", "-addext", "keyUsage=keyCertSign");
    expect(pairFault(authority, hosts, now())).toContain("an authority's");
    expect(pairFault(both, hosts, later(days + 1))).toMatch(/^it expired on \d{4}-\d\d-\d\d$/);
    expect(pairFault(both, hosts, later(-2))).toMatch(/^it is valid only from /);
  });

  it("throws on what is no certificate, no key, or a key behind a passphrase", () => {
    expect(() => pairFault({ ...both, certificate: both.key }, [], now())).toThrow(
      "there is no certificate in it",
    );
    expect(() => pairFault({ ...both, certificate: "" }, [], now())).toThrow("there is no certificate in it");
    expect(() => pairFault({ ...both, key: both.certificate }, [], now())).toThrow();
    const argv = ["ec", "-in", join(dir, "both.key"), "-aes128", "-passout", "pass:x"];
    const locked = execFileSync("openssl", argv, { stdio: ["ignore", "pipe", "ignore"] });
    expect(() => pairFault({ ...both, key: locked.toString() }, [], now())).toThrow();
  });
});

it("reads every certificate of a file, the first one first", () => {
  const chain = parseCertificates(`some words\n${both.certificate}\n${wildcard.certificate}`);
  expect(chain).toHaveLength(2);
  expect(uncoveredHosts(chain[0], ["internal.gpu.example.edu"])).toEqual([]);
});

it("warns within fourteen days of the end, and not before", () => {
  const [leaf] = parseCertificates(both.certificate);
  expect(expiryWarning(leaf, now())).toBeNull();
  expect(expiryWarning(leaf, later(days - 15))).toBeNull();
  expect(expiryWarning(leaf, later(days - 13))).toMatch(/^it expires in 1[23] days \(/);
  expect(expiryWarning(leaf, later(days - 1.5))).toMatch(/^it expires in 1 day \(/);
  expect(validityFault(leaf, later(days - 1))).toBeNull();
});
