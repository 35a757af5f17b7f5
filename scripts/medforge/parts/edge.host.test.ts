import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { request } from "node:https";
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
    incoming.on("end", () => outgoing.end(`${incoming.headers["content-length"] ?? "no"} ${body}`));
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
function ask(method: string, path: string, body: string[] = [], between = async () => {}): Promise<string> {
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
      agent: false,
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
