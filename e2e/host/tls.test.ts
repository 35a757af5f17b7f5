import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { nameLoopback, startAcmeServer } from "../support/acme";
import { type Authority, newAuthority } from "../support/certificates";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { medforge, medforgeWith } from "../support/host";
import { forgetAuthority } from "../support/http";
import { endAllSessions, launch, stepMs, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson } from "../support/people";
import { childEnv, outcome } from "../support/run";
import { sshArgv } from "../support/ssh";

const external = "lab.medforge.test";
const internal = `internal.${external}`;
/** The one address of this host that the internal surface is bound to in one of the cases. */
const apart = "127.0.0.2";

/** As the test world began. */
const asBefore = {
  MEDFORGE_TLS: "local",
  MEDFORGE_URL: "https://localhost:8443",
  MEDFORGE_INTERNAL_BIND: "none",
};
const url = `https://${external}:8443`;

const doctorReport = z.object({
  findings: z.array(
    z.object({ part: z.string(), ok: z.boolean(), detail: z.string(), cure: z.string().nullable() }),
  ),
});

let authority: Authority;
let forgetNames: () => Promise<void>;

beforeAll(async () => {
  await endAllSessions();
  authority = await newAuthority();
  forgetNames = await nameLoopback([external, internal, `acme.${external}`]);
});

afterAll(async () => {
  await again(asBefore);
  await forgetNames();
  rmSync(authority.folder, { recursive: true });
  await expectNoLeaks();
  await closeDatabase();
});

/** Stops the installation and starts it with settings, as an operator changes them. */
async function again(settings: Record<string, string>): Promise<void> {
  await medforge("down");
  await medforgeWith(settings, "up", "--detach", "--yes");
}

/** What `up` says of settings that can't be; nothing is stopped for it to find out. */
async function refusedUp(settings: Record<string, string>): Promise<string> {
  return medforgeWith(settings, "up", "--detach", "--yes").then(
    () => "it went up",
    (error: Error) => error.message,
  );
}

interface Got {
  status: number;
  type: string;
  body: string;
}

/** Asks with the real curl, which verifies name and chain. @param at the address to connect to instead of looking it up */
async function curl(ca: string, address: string, at?: string): Promise<Got> {
  const connect = at === undefined ? [] : ["--connect-to", `::${at}:`];
  const argv = ["curl", "--silent", "--show-error", "--path-as-is", "--cacert", ca, ...connect];
  const ended = await outcome([...argv, "--write-out", "\n%{http_code} %{content_type}", address]);
  if (ended.code !== 0) throw new Error(`curl ${address}: ${ended.stderr}`);
  const end = ended.stdout.lastIndexOf("\n");
  const [status, ...type] = ended.stdout.slice(end + 1).split(" ");
  return { status: Number(status), type: type.join(" "), body: ended.stdout.slice(0, end) };
}

const health = (host: string) => `https://${host}:8443/api/v2/health`;
const ownCa = () => testEnv().MEDFORGE_TEST_CA;

async function findingOf(part: string) {
  const told = await medforge("doctor", "--json").catch((error: Error) => error.message);
  const { findings } = doctorReport.parse(JSON.parse(told.slice(told.indexOf("{"))));
  return findings.find((finding) => finding.part === part);
}

async function fingerprintAt(host: string): Promise<string> {
  const ended = await outcome(["openssl", "s_client", "-connect", `${host}:8443`, "-servername", host]);
  return new X509Certificate(/-----BEGIN[\s\S]+?END CERTIFICATE-----/.exec(ended.stdout)?.[0] ?? "")
    .fingerprint256;
}

describe("Caddy's own authority", () => {
  test("its root is at /ca.pem of every address, and vouches for each", async () => {
    const pem = readFileSync(ownCa(), "utf8");
    for (const host of ["localhost", "internal.localhost", "127.0.0.1"]) {
      const got = await curl(ownCa(), `https://${host}:8443/ca.pem`);
      expect([got.status, got.type]).toEqual([200, "application/x-x509-ca-cert"]);
      expect(got.body.trim()).toBe(pem.trim());
      expect((await curl(ownCa(), health(host))).status).toBe(200);
    }
  });

  test("nothing else of that folder can be had", async () => {
    const paths = [
      "config.json",
      "ca.pem/../config.json",
      "ca.pem%2f..%2fsecrets.json",
      "/ca.pem/",
      "ca.pem.new",
    ];
    for (const path of paths) {
      const got = await curl(ownCa(), `https://localhost:8443/${path}`);
      expect(got.status, path).not.toBe(200);
      expect(got.body, path).not.toMatch(/seed|BEGIN/);
    }
  });

  test("get-ca tells where the root is, its fingerprint and how to trust it, or prints it", async () => {
    const pem = readFileSync(ownCa(), "utf8");
    const told = await medforge("get-ca");
    expect(told).toContain(new X509Certificate(pem).fingerprint256);
    for (const text of [ownCa(), "update-ca-certificates", "add-trusted-cert", "certutil", "Firefox"]) {
      expect(told).toContain(text);
    }
    expect(await medforge("get-ca", "--print")).toBe(pem);
  });

  test("regen-cert issues new certificates, and with --root a new root, while a session's connection stays", async () => {
    const ana = await newPerson("ana");
    const session = await launch(ana);
    const [file = "", ...args] = [...sshArgv(ana, session), "cat"];
    const open = spawn(file, args, { env: childEnv(), stdio: ["pipe", "pipe", "ignore"] });
    let echoed = "";
    open.stdout.on("data", (chunk: Buffer) => {
      echoed += chunk.toString();
    });
    const answersTo = async (text: string) => {
      open.stdin.write(`${text}\n`);
      await eventually(`"${text}" comes back`, stepMs, () => (echoed.includes(text) ? true : undefined));
    };
    await answersTo("before");
    const [root, leaf] = [readFileSync(ownCa(), "utf8"), await fingerprintAt("localhost")];

    expect(await medforge("regen-cert")).toContain("nobody has to do anything");
    expect(await fingerprintAt("localhost")).not.toBe(leaf);
    expect(readFileSync(ownCa(), "utf8")).toBe(root);
    expect((await curl(ownCa(), health("localhost"))).status).toBe(200);

    const old = join(authority.folder, "old-root.pem");
    writeFileSync(old, root);
    expect(await medforge("regen-cert", "--root")).toContain("warns until it trusts");
    forgetAuthority();
    expect(readFileSync(ownCa(), "utf8")).not.toBe(root);
    await expect(curl(old, health("localhost"))).rejects.toThrow(/certificate/);
    for (const host of ["localhost", "internal.localhost", "127.0.0.1"]) {
      expect((await curl(ownCa(), health(host))).status).toBe(200);
    }
    expect(await findingOf("tls")).toMatchObject({ ok: true, detail: expect.stringContaining("root until") });

    await answersTo("after");
    open.stdin.end();
    await stop(ana.api, session.slug);
  });
});

describe("settings that can't be", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ["a path in the internal URL", { MEDFORGE_INTERNAL_URL: "https://x.test/y" }, /without a path, or none/],
    ["a mode that is none", { MEDFORGE_TLS: "self" }, /MEDFORGE_TLS/],
    [
      "one host for both surfaces",
      { MEDFORGE_INTERNAL_URL: "https://localhost:8443" },
      /same host, localhost/,
    ],
  ])("%s is refused before anything is changed", async (_what, settings, words) => {
    expect(await refusedUp(settings)).toMatch(words);
    expect((await curl(ownCa(), health("localhost"))).status).toBe(200);
  });
});

describe("the lab's certificate, and the internal surface on an address of its own", () => {
  const filesOf = (pair: { certificate: string; key: string }) => ({
    MEDFORGE_TLS: "files",
    MEDFORGE_URL: url,
    MEDFORGE_TLS_CERT: pair.certificate,
    MEDFORGE_TLS_KEY: pair.key,
  });

  test("one that does not fit is refused, with what does not", async () => {
    const good = await authority.issue("good", [external, internal]);
    const short = await authority.issue("short", [external]);
    expect(await refusedUp(filesOf(short))).toContain(`it does not cover ${internal}`);
    expect(await refusedUp(filesOf({ ...good, certificate: `${good.certificate}.none` }))).toContain(
      "can't be read",
    );
  });

  test("is served for both names, each where it belongs; this host's own addresses keep the local authority's", async () => {
    const pair = await authority.issue("lab", [external, internal]);
    await again({ ...filesOf(pair), MEDFORGE_INTERNAL_BIND: apart });
    const [ca, at] = [authority.root, "127.0.0.1"];
    expect((await curl(ca, health(external), at)).status).toBe(200);
    expect((await curl(ca, health(internal), apart)).status).toBe(200);
    expect((await curl(ownCa(), health("127.0.0.1"))).status).toBe(200);
    expect(await curl(ca, health(internal), at)).toMatchObject({ status: 421 });
    expect(await curl(ca, health(external), apart)).toMatchObject({ status: 421 });
    expect(await curl(ca, `${url}/ca.pem`, at)).toMatchObject({
      status: 404,
      type: "text/plain; charset=utf-8",
    });
    const { mode, uid } = statSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "tls/key.pem"));
    expect([uid, mode & 0o777]).toEqual([0, 0o640]);
    expect(await findingOf("tls")).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`files: ${external} until`),
    });
    await expect(medforge("get-ca")).rejects.toThrow(/no root to hand out/);
    await expect(medforge("regen-cert")).rejects.toThrow(/MedForge can't issue it/);
  });

  test("a renewed one is taken up by a restart of Caddy; half a renewal is refused and changes nothing", async () => {
    const at = (name: string) => join(authority.folder, name);
    const before = await fingerprintAt(external);
    const renewed = await authority.issue("renewed", [external, internal], 5);
    copyFileSync(renewed.certificate, at("lab.pem"));
    await expect(medforge("restart", "caddy")).rejects.toThrow(/the key does not belong to the certificate/);
    expect(await findingOf("tls")).toMatchObject({ ok: false });
    expect(await fingerprintAt(external)).toBe(before);
    copyFileSync(renewed.key, at("lab.key"));
    expect(await findingOf("tls")).toMatchObject({
      ok: false,
      cure: expect.stringContaining("restart caddy"),
    });
    await medforge("restart", "caddy");
    expect(await fingerprintAt(external)).not.toBe(before);
    expect(await findingOf("tls")).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/expires in [45] days/),
    });
  });
});

/** What the edge wrote last of getting certificates: why there is none is known to it alone. */
function ofIssuing(): string {
  const log = readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "log/caddy.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => /"logger":"(tls\.obtain|tls\.issuance|http\.acme_client)/.test(line))
    .slice(-40)
    .join("\n");
}

test("an ACME authority issues a certificate for each name", async () => {
  const server = await startAcmeServer(`acme.${external}`);
  await again({
    MEDFORGE_TLS: "acme",
    MEDFORGE_URL: url,
    MEDFORGE_INTERNAL_BIND: "none",
    MEDFORGE_TLS_EMAIL: "it@medforge.test",
    MEDFORGE_ACME_CA: server.directory,
    MEDFORGE_ACME_ROOT: server.root,
  });
  for (const host of [external, internal]) {
    const got = await eventually(`a certificate for ${host}`, stepMs, () =>
      curl(server.root, health(host)).catch(() => undefined),
    );
    expect(got.status).toBe(200);
  }
  expect((await curl(server.root, `${url}/ca.pem`)).status).toBe(404);
  expect((await curl(ownCa(), health("127.0.0.1"))).status).toBe(200);
  // This authority's last for hours, so that the warning is at hand.
  expect(await findingOf("tls")).toMatchObject({
    ok: false,
    detail: expect.stringContaining("expires in 0 days"),
  });
  const before = await fingerprintAt(external);
  await medforge("regen-cert").catch((error: Error) => {
    throw new Error(`${error.message}\n${ofIssuing()}`);
  });
  expect(await fingerprintAt(external)).not.toBe(before);
  await server.close();
});
