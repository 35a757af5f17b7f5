import { request } from "node:http";
import { expect } from "vitest";
import { z } from "zod";
import { type VerbName, verbs } from "@/lib/agent-protocol/verbs";
import type { SessionView } from "@/lib/sessions/model";
import { rows } from "../support/database";
import { testEnv } from "../support/env";
import { datasets, docker, firewallRules } from "../support/host";
import type { Person } from "../support/people";
import { ssh } from "../support/ssh";
import type { Trial } from "./trial";

/** Whoever has taken the worker over, and a session that they want to harm. */
export interface AgentCast {
  victim: Person;
  session: SessionView;
}

type AgentTrial = Trial<AgentCast>;

interface Answer {
  status: number;
  text: string;
}

/** What may be sent to the agent's socket, and much that may not. */
function send(path: string, body: string | Buffer, method = "POST"): Promise<Answer> {
  const { MEDFORGE_TEST_AGENT_SOCKET: socketPath } = testEnv();
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request({ socketPath, path, method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const say = (verb: string, input: unknown) => send(`/v1/${verb}`, JSON.stringify(input));

/** None fits any field of any verb. */
const hostile: readonly unknown[] = [
  null,
  true,
  "",
  " ",
  "../../etc/passwd",
  "/etc/shadow",
  "-rf",
  "--privileged",
  "$(touch /tmp/planted)",
  "a;reboot",
  "a\u0000b",
  "a\nb",
  "tank/medforge@snapshot",
  "/mf-session-aaaaaaaa",
  "x".repeat(100_000),
  "１２３４５６７８",
  -1,
  0.5,
  1e308,
  2 ** 53,
  {},
  { $gt: "" },
  [["ssh-ed25519 AAAA", 1]],
  ['command="sh" ssh-ed25519 AAAA'],
  ["ssh-ed25519 AAAA\nssh-ed25519 BBBB"],
];

/** Where null is an answer: nothing is named by it. */
const mayBeNull = new Set([
  "workspace.ensure identity",
  "workspace.destroy identity",
  "session.stop snapshotId",
  "session.stop workspace",
]);

type Input = Record<string, unknown>;

const isInput = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The input once for each of its fields, those of objects in it and a list's one item included, with `value` there. */
function spoiled(good: Input, value: unknown): { field: string; input: Input }[] {
  return Object.entries(good).flatMap(([field, now]) => {
    const inner = isInput(now)
      ? spoiled(now, value).map((each) => ({
          field: `${field}.${each.field}`,
          input: { [field]: each.input },
        }))
      : [];
    const item = Array.isArray(now) ? [{ field: `${field}[0]`, input: { [field]: [value] } }] : [];
    return [{ field, input: { [field]: value } }, ...inner, ...item].map((each) => ({
      field: each.field,
      input: { ...good, ...each.input },
    }));
  });
}

/** Everything on the host that a verb could have changed. */
async function facts(): Promise<unknown> {
  return {
    containers: await docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.State}}"),
    datasets: await datasets(),
    rules: await firewallRules(),
  };
}

/** Carries out what must change nothing. */
async function withoutEffect(work: () => Promise<void>): Promise<void> {
  const before = await facts();
  await work();
  expect(await facts()).toEqual(before);
}

/** The input with which the worker last started the session. */
async function startInput({ session }: AgentCast) {
  const [row] = await rows(
    "SELECT s.generation, s.workspace_generation, s.ssh_port, w.identity FROM sessions s JOIN workspaces w ON w.id = s.workspace_id WHERE s.slug = ?",
    [session.slug],
  );
  const [installation] = await rows("SELECT public_id FROM installation");
  return {
    installationId: String(installation?.public_id),
    slug: session.slug,
    generation: Number(row?.generation),
    exposure: session.exposure,
    workspaceId: session.workspace.id,
    datasetGeneration: Number(row?.workspace_generation),
    identity: String(row?.identity),
    gpuUuid: session.gpu.uuid,
    sshPort: Number(row?.ssh_port),
    pack: "base",
    authorizedKeys: [] as string[],
    cpus: 1,
    memoryMiB: 512,
  };
}

type StartInput = Awaited<ReturnType<typeof startInput>>;

/** Good inputs of the verbs that take any, with every field there is, to spoil one of each. */
function goodInputs(start: StartInput): Partial<Record<VerbName, Input>> {
  const { installationId, slug, generation, workspaceId, datasetGeneration, identity } = start;
  const workspace = { installationId, workspaceId, datasetGeneration };
  const session = { installationId, slug, generation };
  const snapshotId = "snp_aaaaaaaaaaaaaaaa";
  return {
    "workspace.ensure": { ...workspace, quotaGb: 1, spaceGb: 2, identity },
    "workspace.snapshot": { ...workspace, identity, snapshotId },
    "workspace.list": { installationId, workspaceId },
    "workspace.restore": {
      ...{ installationId, workspaceId, identity, snapshotId, quotaGb: 1 },
      newGeneration: datasetGeneration + 1,
    },
    "workspace.usage": { ...workspace, slug },
    "workspace.prune": { ...workspace, identity, snapshotIds: [snapshotId] },
    "workspace.destroy": { installationId, workspaceId, identity },
    "session.start": start,
    "session.stop": { ...session, snapshotId, workspace: { ...workspace, identity }, graceSeconds: 0 },
    "session.inspect": { installationId, slug },
    "session.list": { installationId },
    "session.pushKeys": { ...session, authorizedKeys: [] },
    "session.probe": session,
    "session.logs": { installationId, slug, maxLines: 10 },
    "sessions.stats": { installationId },
    "gpu.processes": { installationId },
  };
}

/** A verb that must be refused with a code, and leave the session as it is. */
function refuses(
  tried: string,
  code: string,
  verb: VerbName,
  spoil: (start: StartInput) => Record<string, unknown>,
): AgentTrial {
  return {
    tried,
    refused: code,
    async run(cast) {
      await withoutEffect(async () => {
        const start = await startInput(cast);
        const good = goodInputs(start)[verb] ?? {};
        const { text } = await say(verb, { ...good, ...spoil(start) });
        expect(JSON.parse(text)).toMatchObject({ code });
      });
      expect(await ssh(cast.victim, cast.session, "echo here")).toBe("here\n");
    },
  };
}

/** What the worker would push again. */
async function keysInput(cast: AgentCast) {
  const { installationId, slug, generation } = await startInput(cast);
  const authorizedKeys = await rows(
    "SELECT k.public_key FROM ssh_keys k JOIN sessions s ON s.user_id = k.user_id WHERE s.slug = ?",
    [slug],
  );
  return {
    ...{ installationId, slug, generation },
    authorizedKeys: authorizedKeys.map((row) => String(row.public_key)),
  };
}

const fieldsOf = ([name, fields]: [string, object]) => `${name}: ${Object.keys(fields).sort().join(" ")}`;

/** Of every verb that takes input, optional ones included: none may be left out. */
function declaredFields(): string[] {
  const shapes = Object.entries(verbs).map(([name, verb]): [string, object] => [name, verb.input.shape]);
  return shapes
    .filter(([, shape]) => Object.keys(shape).length > 0)
    .map(fieldsOf)
    .sort();
}

/** What of a verb's spoiled inputs was not refused, or not with the field's name. */
async function mistaken(verb: string, good: Input): Promise<string[]> {
  const tries = hostile.flatMap((value) => spoiled(good, value).map((each) => ({ ...each, value })));
  const wrong: string[] = [];
  for (const { field, input, value } of tries) {
    if (value === null && mayBeNull.has(`${verb} ${field}`)) continue;
    const { status, text } = await say(verb, input);
    const named = text.includes("invalid_input") && text.includes(`at ${field}`);
    if (status === 400 && named) continue;
    wrong.push(`${verb} ${field}=${JSON.stringify(value).slice(0, 50)}: ${text.slice(0, 150)}`);
  }
  return wrong;
}

/** Another port than the session's. */
const freePort = ({ sshPort }: StartInput) => (sshPort === 10_999 ? 10_998 : sshPort + 1);

const stale = (start: StartInput) => ({ generation: start.generation - 1 });
const anotherInstallation = { installationId: "ins_aaaaaaaaaaaaaaaa" };
const anotherIdentity = { identity: "0".repeat(32) };

export const agentTrials: readonly AgentTrial[] = [
  {
    tried: `each field of each verb as one of ${hostile.length} things: paths, options, shell words, NUL, key options, huge numbers, other types`,
    refused: "invalid_input, which names the field; nothing on the host changes",
    async run(cast) {
      const inputs = goodInputs(await startInput(cast));
      expect(Object.entries(inputs).map(fieldsOf).sort()).toEqual(declaredFields());
      await withoutEffect(async () => {
        const wrong: string[] = [];
        for (const [verb, good] of Object.entries(inputs)) wrong.push(...(await mistaken(verb, good)));
        expect(wrong).toEqual([]);
      });
    },
  },
  {
    tried: "a field too many: image, mount, command, privileged, __proto__",
    refused: "invalid_input",
    async run(cast) {
      await withoutEffect(async () => {
        const start = JSON.stringify(await startInput(cast)).slice(0, -1);
        for (const field of ["image", "mount", "command", "privileged", "__proto__"]) {
          const { text } = await send("/v1/session.start", `${start},"${field}":{"x":1}}`);
          expect(JSON.parse(text), field).toMatchObject({ code: "invalid_input" });
        }
      });
    },
  },
  {
    tried: "what is no verb: exec, toString, a path, GET",
    refused: "unknown_verb",
    async run() {
      const tries: [string, string][] = [
        ["/v1/exec", "POST"],
        ["/v1/toString", "POST"],
        ["/v1/constructor", "POST"],
        ["/v1/../health", "POST"],
        ["/v1/health?x", "POST"],
        ["/health", "POST"],
        ["/v1/health", "GET"],
      ];
      for (const [path, method] of tries) {
        const { status, text } = await send(path, "{}", method);
        expect(JSON.parse(text), `${method} ${path}`).toMatchObject({ code: "unknown_verb" });
        expect(status).toBe(404);
      }
    },
  },
  {
    tried: "a body that is no JSON object, or of two megabytes",
    refused: "invalid_input",
    async run() {
      const huge = `{"x":"${"x".repeat(2 * 1024 * 1024)}"}`;
      for (const body of ["", "{", "null", "[]", '"x"', huge]) {
        const { text } = await send("/v1/health", body);
        expect(JSON.parse(text)).toMatchObject({ code: "invalid_input" });
      }
    },
  },
  refuses("starting a session under an older claim", "stale_generation", "session.start", stale),
  refuses("stopping a session under an older claim", "stale_generation", "session.stop", stale),
  refuses("changing a session's keys under an older claim", "stale_generation", "session.pushKeys", stale),
  refuses("a second session on a GPU in use", "gpu_busy", "session.start", (start) => ({
    slug: "aaaaaaaa",
    sshPort: freePort(start),
  })),
  refuses("a GPU that this host does not have", "no_such_gpu", "session.start", () => ({
    slug: "aaaaaaaa",
    gpuUuid: "GPU-00000000-0000-0000-0000-000000000000",
  })),
  refuses("an image of the caller's choice", "no_such_pack", "session.start", () => ({
    slug: "aaaaaaaa",
    pack: "alpine",
  })),
  refuses(
    "a workspace whose identity the caller does not know",
    "identity_mismatch",
    "session.start",
    () => ({
      slug: "aaaaaaaa",
      ...anotherIdentity,
    }),
  ),
  refuses("snapshotting another's dataset", "identity_mismatch", "workspace.snapshot", () => anotherIdentity),
  {
    tried: "destroying another's dataset",
    refused: "identity_mismatch",
    async run(cast) {
      const { installationId } = await startInput(cast);
      const workspace = { installationId, workspaceId: `wsp_${"b".repeat(16)}` };
      await withoutEffect(async () => {
        const made = await say("workspace.ensure", {
          ...{ ...workspace, datasetGeneration: 1, quotaGb: 1, identity: null },
        });
        const { identity } = z.looseObject({ identity: z.string() }).parse(JSON.parse(made.text));
        await withoutEffect(async () => {
          const { text } = await say("workspace.destroy", { ...workspace, ...anotherIdentity });
          expect(JSON.parse(text)).toMatchObject({ code: "identity_mismatch" });
        });
        expect((await say("workspace.destroy", { ...workspace, identity })).status).toBe(200);
      });
    },
  },
  refuses("destroying a workspace that is in use", "workspace_in_use", "workspace.destroy", () => ({})),
  {
    tried:
      "another installation's sessions: listing, inspecting, reading logs and use, starting, stopping, new keys",
    refused: "does not belong to this installation; its own requests are heard as before",
    async run(cast) {
      await withoutEffect(async () => {
        const list = await say("session.list", anotherInstallation);
        expect(JSON.parse(list.text)).toEqual({ sessions: [] });
        const stats = await say("sessions.stats", anotherInstallation);
        expect(JSON.parse(stats.text)).toMatchObject({ sessions: [] });
        const inputs = goodInputs(await startInput(cast));
        const later = { ...anotherInstallation, generation: 2_000_000 };
        for (const verb of ["session.start", "session.stop", "session.pushKeys"] as const) {
          const { text } = await say(verb, { ...inputs[verb], ...later });
          expect(text, verb).toContain("does not belong to this installation");
        }
        for (const verb of ["session.inspect", "session.logs"] as const) {
          const { text } = await say(verb, { ...inputs[verb], ...anotherInstallation });
          expect(text, verb).toContain("does not belong to this installation");
        }
      });
      // Not fenced off by the stranger's higher generation.
      const { status } = await say("session.pushKeys", await keysInput(cast));
      expect(status).toBe(200);
      expect(await ssh(cast.victim, cast.session, "echo here")).toBe("here\n");
    },
  },
  {
    tried: "shutting a session that has no container out, with a higher claim of another installation",
    refused: "each installation's claims count for itself",
    async run(cast) {
      await withoutEffect(async () => {
        const start = await startInput(cast);
        const slug = "bbbbbbbb";
        const stop = { slug, generation: 2_000_000, snapshotId: null, workspace: null, graceSeconds: 0 };
        expect((await say("session.stop", { ...anotherInstallation, ...stop })).status).toBe(200);
        // As far as a first claim of its own installation gets with a GPU that is in use.
        const { text } = await say("session.start", {
          ...start,
          slug,
          generation: 1,
          sshPort: freePort(start),
        });
        expect(JSON.parse(text)).toMatchObject({ code: "gpu_busy" });
      });
    },
  },
];
