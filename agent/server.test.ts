import { mkdtemp, rm, stat } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAgentClient } from "@/lib/agent-protocol/client";
import * as patterns from "@/lib/agent-protocol/patterns";
import { AgentError, type VerbName, verbs } from "@/lib/agent-protocol/verbs";
import { createLog } from "@/lib/kernel/log";
import { createAgentServer } from "./server";
import { listen } from "./socket";

let dir: string;
let socketPath: string;
const calls: { verb: VerbName; input: unknown }[] = [];
/** What the verb behind the server does in each test. */
let behave: () => unknown = () => ({});
const server = createAgentServer(
  async (verb, input) => {
    calls.push({ verb, input });
    return behave();
  },
  createLog("test", "silent"),
);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-server-"));
  socketPath = join(dir, "agent.sock");
  await listen(server, socketPath, "root");
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(dir, { recursive: true });
});

function send(path: string, body: string, method = "POST"): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** What comes back to a caller that reads nothing before its whole request is written. */
async function writtenOut(path: string, body: string): Promise<string> {
  const socket = connect(socketPath);
  const head = `POST ${path} HTTP/1.1\r\nhost: agent\r\ncontent-length: ${body.length}\r\n\r\n`;
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.write(head + body, () => resolve());
  });
  return text(socket);
}

describe("the socket", () => {
  it("opens for root and the group alone", async () => {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o660);
  });

  it("is not taken from an agent that is alive", async () => {
    await expect(
      listen(
        createAgentServer(async () => ({}), createLog("test", "silent")),
        socketPath,
        "root",
      ),
    ).rejects.toThrow("Another agent answers");
  });

  it("needs a group that exists", async () => {
    const other = createAgentServer(async () => ({}), createLog("test", "silent"));
    await expect(listen(other, join(dir, "b.sock"), "no-such-group")).rejects.toThrow("no-such-group");
  });
});

describe("requests", () => {
  it("get the verb's result, checked against the contract", async () => {
    const client = createAgentClient(socketPath);
    behave = () => ({ snapshots: [] });
    const input = { installationId: "ins_aaaaaaaaaaaaaaaa", workspaceId: "wsp_aaaaaaaaaaaaaaaa" };
    expect(await client.call("workspace.list", input)).toEqual({ snapshots: [] });
    expect(calls.at(-1)).toEqual({ verb: "workspace.list", input });
    behave = () => ({ snapshots: "many" });
    await expect(client.call("workspace.list", input)).rejects.toMatchObject({ code: "failed" });
  });

  it("get the agent's error with a fitting status", async () => {
    behave = () => {
      throw new AgentError("engine_unavailable", "Docker is away");
    };
    const answer = await send("/v1/health", "{}");
    expect(answer).toEqual({ status: 503, body: '{"code":"engine_unavailable","message":"Docker is away"}' });
  });

  it("are refused when verb, method or path is not one of the contract's", async () => {
    for (const path of ["/v1/nothing", "/v1/toString", "/v1/__proto__", "/v2/health", "/v1/health/x", "/"]) {
      expect((await send(path, "{}")).status).toBe(404);
    }
    expect((await send("/v1/health", "", "GET")).status).toBe(404);
  });

  it("are refused when the body is too large, no JSON, or has a field too many", async () => {
    expect(await writtenOut("/v1/health", `"${"x".repeat(2 ** 21)}"`)).toMatch(
      /^HTTP\/1.1 400 .*larger than 1048576 bytes/s,
    );
    expect((await send("/v1/health", "{")).status).toBe(400);
    expect((await send("/v1/health", '{"command":"id"}')).status).toBe(400);
  });

  it("never reach a verb when any value is not what the contract allows", async () => {
    const names = Object.keys(verbs) as VerbName[];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.json(), async (verb, body) => {
        const before = calls.length;
        const valid = verbs[verb].input.safeParse(JSON.parse(body)).success;
        const { status } = await send(`/v1/${verb}`, body);
        expect(calls.length - before).toBe(valid ? 1 : 0);
        if (!valid) expect(status).toBe(400);
      }),
      { numRuns: 200 },
    );
  });
});

describe("patterns", () => {
  it("let nothing through that could mean something to a path, a shell, ZFS or sshd", () => {
    const named = [
      patterns.slug,
      patterns.installationId,
      patterns.workspaceId,
      patterns.snapshotId,
      patterns.gpuUuid,
      patterns.packSlug,
      patterns.workspaceIdentity,
    ];
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom("../x", "a/b", "a@b", "-rf", "$(id)", "a b", "a\n", "a\0", "x,y", "%2e%2e"),
      fc
        .tuple(
          fc.constantFrom("abcdefgh", "wsp_aaaaaaaaaaaaaaaa"),
          fc.constantFrom("\n", "/", "@", " ", "\0", "-"),
        )
        .map((p) => p.join("")),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        for (const pattern of named)
          if (pattern.safeParse(text).success) expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        if (patterns.authorizedKey.safeParse(text).success) expect(text).not.toMatch(/[\n"#,=]|command/);
      }),
    );
    expect(patterns.authorizedKey.safeParse('command="id" ssh-ed25519 AAAA').success).toBe(false);
    expect(patterns.authorizedKey.safeParse("ssh-ed25519 AAAA\nssh-ed25519 BBBB").success).toBe(false);
    expect(patterns.slug.safeParse("abcdefgh\n").success).toBe(false);
  });
});
