import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { z } from "zod";
import { SetupError, told } from "../errors";
import { ask } from "../http";
import type { Layout } from "../layout";
import { partNames } from "../parts/part";
import type { PartStatus, Supervisor } from "./supervisor";

const phases = ["starting", "ready", "stopping"] as const;
export type Phase = (typeof phases)[number];

const statusBody = z.object({
  pid: z.number(),
  phase: z.enum(phases),
  since: z.string(),
  doing: z.string(),
  parts: z.array(
    z.object({
      name: z.enum(partNames),
      state: z.string(),
      pid: z.number().nullable(),
      since: z.string(),
      restarts: z.number(),
      note: z.string().nullable(),
    }),
  ),
});
export type SupervisorStatus = z.output<typeof statusBody>;
const failure = z.object({ message: z.string(), cure: z.string() });

export interface Controlled {
  supervisor: Supervisor;
  phase: Phase;
  /** What it is at while stopping, for `down` to show. */
  doing: string;
  since: Date;
  shutDown(): Promise<void>;
}

/** A restart waits for the old process's grace period and the new one's start, in ms. */
const restartTimeoutMs = 5 * 60_000;

async function answer(controlled: Controlled, path: string): Promise<unknown> {
  const [, verb, part] = path.split("/");
  switch (verb) {
    case "status":
      return {
        pid: process.pid,
        phase: controlled.phase,
        since: controlled.since.toISOString(),
        doing: controlled.doing,
        parts: controlled.supervisor.status() satisfies PartStatus[],
      };
    case "restart": {
      const name = z.enum(partNames).parse(part);
      await controlled.supervisor.restart(name);
      return {};
    }
    case "down":
      controlled.shutDown().catch((error: unknown) => console.error(told(error)));
      return {};
    default:
      throw new SetupError(
        `The supervisor knows no ${path}.`,
        "Use the same version of ./medforge that started it.",
      );
  }
}

/** Listens for `status`, `restart` and `down`, on a socket that only root opens. */
export function serveControl(layout: Layout, controlled: Controlled): Promise<Server> {
  rmSync(layout.controlSocket, { force: true });
  const server = createServer((request, response) => {
    answer(controlled, request.url ?? "").then(
      (body) => response.end(JSON.stringify(body)),
      (error: Error) => {
        const cure = error instanceof SetupError ? error.cure : `Look at ${layout.log}.`;
        response.writeHead(500).end(JSON.stringify({ message: error.message, cure }));
      },
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const previous = process.umask(0o077);
    server.listen(layout.controlSocket, () => {
      process.umask(previous);
      chmodSync(layout.controlSocket, 0o600);
      resolve(server);
    });
  });
}

async function call(layout: Layout, path: string, timeoutMs?: number): Promise<unknown> {
  const target = { socketPath: layout.controlSocket, path, method: "POST" as const };
  const { status, text } = await ask(timeoutMs === undefined ? target : { ...target, timeoutMs });
  const body: unknown = JSON.parse(text);
  if (status === 200) return body;
  const { message, cure } = failure.parse(body);
  throw new SetupError(message, cure);
}

/** @returns undefined when no supervisor runs for this folder. */
export async function supervisorStatus(layout: Layout): Promise<SupervisorStatus | undefined> {
  if (!existsSync(layout.controlSocket)) return undefined;
  try {
    return statusBody.parse(await call(layout, "/status"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // The socket file of one that was killed, or that ended just now.
    if (code === "ECONNREFUSED" || code === "ENOENT" || code === "ECONNRESET") return undefined;
    throw error;
  }
}

/** @throws SetupError unless everything is up. */
export async function requireRunning(layout: Layout): Promise<void> {
  const status = await supervisorStatus(layout);
  if (status?.phase === "ready") return;
  if (!status) throw new SetupError("MedForge is not running.", "Start it with `./medforge up --detach`.");
  throw new SetupError(
    `MedForge is ${status.phase} (pid ${status.pid}).`,
    "Wait until `./medforge status` says ready.",
  );
}

export async function askRestart(layout: Layout, part: string): Promise<void> {
  await call(layout, `/restart/${part}`, restartTimeoutMs);
}

export async function askDown(layout: Layout): Promise<void> {
  await call(layout, "/down");
}
