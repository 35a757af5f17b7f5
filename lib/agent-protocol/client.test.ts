import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createAgentClient } from "./client";
import { AgentError } from "./verbs";

let folder: string;
let server: Server;
let answer: { status: number; text: string } | null;
const socket = () => join(folder, "agent.sock");

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mf-client-"));
  server = createServer((_request, response) => {
    if (answer) response.writeHead(answer.status).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(socket(), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

it.each([
  ["no JSON", 200, "<html>"],
  ["a result of another version", 200, '{"startedAt":42}'],
  ["a code of another version", 503, '{"code":"moon_phase","message":"Full."}'],
  ["no JSON for a failure", 500, ""],
])("takes %s for an answer that is not understood", async (_, status, text) => {
  answer = { status, text };
  const call = createAgentClient(socket()).call("health", {});
  await expect(call).rejects.toMatchObject({
    code: "failed",
    message: "The agent's answer to health is not understood: update the older of agent and worker",
    cause: expect.any(Error),
  });
});

it("hands on what the agent says of a failure", async () => {
  answer = { status: 409, text: '{"code":"gpu_busy","message":"GPU 1 is held."}' };
  const call = createAgentClient(socket()).call("health", {});
  await expect(call).rejects.toEqual(new AgentError("gpu_busy", "GPU 1 is held."));
});

it("waits no longer once its signal says so, and asks nothing more", async () => {
  answer = null;
  const end = new AbortController();
  const reason = new Error("lost");
  const client = createAgentClient(socket());
  const reached = new Promise((resolve) => server.once("request", resolve));
  const waiting = client.call("health", {}, end.signal);
  await reached;
  end.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  server.on("request", () => expect.unreachable("it was asked again"));
  await expect(client.call("health", {}, end.signal)).rejects.toBe(reason);
});
