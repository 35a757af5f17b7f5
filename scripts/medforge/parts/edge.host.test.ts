import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { Agent, request } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { basicChildEnv } from "@/lib/kernel/env";
import { processEnv } from "../exec";
import { waitFor } from "../wait";

const startMs = 30_000;
let folder: string;
let caddy: ChildProcess;
let standInForWeb: Server;
let port: number;
const submissions = "/api/v2/external/competitions/one/submissions";
/** Method and path of what the stand-in was asked, when its head came. */
const asked: string[] = [];

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mf-edge-"));
  standInForWeb = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    let body = "";
    incoming.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on("end", () => {
      // As web refuses a submission: once all of it is there.
      if (incoming.url?.endsWith("refused")) outgoing.statusCode = 409;
      // As Next does, which streams and says no length.
      if (incoming.url?.endsWith("file")) outgoing.setHeader("Medforge-Length", 3);
      outgoing.flushHeaders();
      const said = incoming.headers["content-length"] ?? "no";
      outgoing.end(`${said} ${incoming.url?.startsWith(submissions) ? `bytes, of ${body.length}` : body}`);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => standInForWeb.once("listening", resolve));
  port = await freePort();
  const settings = {
    MEDFORGE_EDGE_STORAGE: folder,
    MEDFORGE_EDGE_DATA: folder,
    MEDFORGE_EDGE_CERTIFICATES: folder,
    MEDFORGE_EDGE_FILES: folder,
    MEDFORGE_EDGE_PAGES: folder,
    MEDFORGE_EDGE_PORT: String(port),
    MEDFORGE_EDGE_NAMES: `https://localhost:${port}`,
    MEDFORGE_EDGE_ADDRESSES: `https://127.0.0.1:${port}`,
    MEDFORGE_EDGE_TLS: "local",
    MEDFORGE_EDGE_INTERNAL_WHERE: "everywhere",
    MEDFORGE_EDGE_INTERNAL: "",
    MEDFORGE_EDGE_INTERNAL_BIND: "",
    MEDFORGE_TLS_EMAIL: "",
    MEDFORGE_ACME_CA: "",
    MEDFORGE_ACME_ROOT: "",
    MEDFORGE_WEB_PORT: String((standInForWeb.address() as AddressInfo).port),
  };
  const env = processEnv({ ...basicChildEnv(), HOME: folder, ...settings });
  const argv = ["run", "--adapter=caddyfile", "--config=caddy/Caddyfile"];
  caddy = spawn("caddy", argv, { env, stdio: "ignore" });
  await waitFor("the edge", startMs, () => ask("GET", "/").then(() => null, String));
});

afterAll(async () => {
  caddy.kill("SIGKILL");
  await new Promise((resolve) => standInForWeb.close(resolve));
  rmSync(folder, { recursive: true });
});

/** @param body its parts; each later one is sent once `between` has ended */
function ask(
  method: string,
  path: string,
  body: string[] = [],
  between = async () => {},
  agent: Agent | false = false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body.length > 0 ? { "content-length": body.join("").length } : {};
    // The edge's own authority is made for this test; nothing is told to it that anybody may not know.
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path,
      headers,
      rejectUnauthorized: false,
      agent,
    };
    const outgoing = request(options, (incoming) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      incoming.on("end", () => resolve(text));
    });
    outgoing.on("error", reject);
    const [first = "", ...rest] = body;
    outgoing.write(first, () => {
      between().then(() => outgoing.end(rest.join("")), reject);
    });
    outgoing.flushHeaders();
  });
}

it("takes what is sent whole before web is asked, and goes on with the rest meanwhile", async () => {
  const answer = await ask("POST", "/api/slow", ["[", "]"], async () => {
    await ask("GET", "/api/meanwhile");
    await ask("GET", "/api/after");
    expect(asked).not.toContain("POST /api/slow");
  });
  expect(answer).toBe("2 []");
  expect(asked.slice(-3)).toEqual(["GET /api/meanwhile", "GET /api/after", "POST /api/slow"]);
});

it("gives web no more than web would read to the end", async () => {
  const sent = 8 * 1024 * 1024;
  const answer = await ask("PUT", "/api/much", ["x".repeat(sent)]).catch((error: Error) => error.message);
  expect(answer.length).toBeLessThan(sent);
});

it("hands on what is submitted as it comes, however large, to nobody but the route that takes it", async () => {
  const mega = "x".repeat(1024 * 1024);
  const path = `${submissions}?filename=masks.zip`;
  const answer = await ask(
    "POST",
    path,
    Array.from({ length: 9 }, () => mega),
    async () => {
      // The rest is sent once web has been asked.
      await waitFor("web's first sight of it", startMs, async () =>
        asked.includes(`POST ${path}`) ? null : "not asked yet",
      );
    },
  );
  expect(answer).toBe(`${9 * mega.length} bytes, of ${9 * mega.length}`);
  for (const [method, elsewhere] of [
    ["PUT", path],
    ["POST", `${submissions}/more`],
    ["POST", "/api/v2/external/competitions/a/b/submissions"],
  ] as const) {
    const cut = await ask(method, elsewhere, [mega.repeat(8)]).catch((error: Error) => error.message);
    expect(cut.length, `${method} ${elsewhere}`).toBeLessThan(mega.length);
  }
});

it("says how long a file is, of which Next does not", async () => {
  const lengthOf = (method: string, path: string) =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, method, path, rejectUnauthorized: false, agent: false };
      request(options, (incoming) => {
        let text = "";
        incoming.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        incoming.on("end", () => resolve([incoming.headers["content-length"], text]));
      })
        .on("error", reject)
        .end();
    });
  expect(await lengthOf("GET", "/api/file")).toEqual(["3", "no "]);
  expect(await lengthOf("HEAD", "/api/file")).toEqual(["3", ""]);
  expect(await lengthOf("GET", "/api/list")).toEqual([undefined, "no "]);
});

it("gives every submission its answer under load, whether it is taken or refused", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answers = new Map<string, number>();
  const send = async (path: string, piece: string, times: number) => {
    for (let sent = 0; sent < times; sent += 1) {
      const text = await ask("POST", path, [piece], undefined, agent).catch((error: Error) => error.message);
      answers.set(text, (answers.get(text) ?? 0) + 1);
    }
  };
  const [small, large] = ["x".repeat(10_000), "x".repeat(1_500_000)];
  const work = (path: string) => [send(path, small, 100), send(path, large, 5)];
  const rounds = Array.from({ length: 8 }, () => [
    ...work(`${submissions}?taken`),
    ...work(`${submissions}?refused`),
  ]);
  await Promise.all(rounds.flat());
  agent.destroy();
  expect(Object.fromEntries(answers)).toEqual({
    "10000 bytes, of 10000": 1_600,
    "1500000 bytes, of 1500000": 80,
  });
});
