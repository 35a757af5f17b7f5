import { realpathSync } from "node:fs";
import { adminName, ensureAdmin } from "./admin";
import { internalUrlOf, sshHostOf, urlOf } from "./config";
import { type Context, runStep, type Step } from "./context";
import { withData } from "./cure";
import { startInfrastructure, startPart } from "./infrastructure";
import { agentPart } from "./parts/agent";
import { caddyPart } from "./parts/caddy";
import { devAgent, devScorer, devWeb, devWorker } from "./parts/dev";
import type { Part, Release } from "./parts/part";
import { scorerPart } from "./parts/scorer";
import { webPart } from "./parts/web";
import { workerPart } from "./parts/worker";
import { releaseStep } from "./release/build";
import { ensureRuntime } from "./release/runtime";
import { migrationsStep, scheduleZoneStep } from "./steps/database";
import { foldersStep } from "./steps/folders";
import { usersStep } from "./steps/users";
import type { Supervisor } from "./supervisor/supervisor";

/** `development`: web, worker and agent run from the checkout and follow its changes. */
export type Mode = "production" | "development";

/** Set-up that starts nothing; errors here cost the operator the least time. */
export async function prepareInstallation(context: Context, mode: Mode): Promise<void> {
  const steps = mode === "production" ? [usersStep, foldersStep, releaseStep] : [usersStep, foldersStep];
  for (const step of steps) await runStep(context, step);
}

interface OwnParts {
  agent: Part;
  scorer: Part;
  worker: Part;
  web: Part;
  caddy: Part;
}

async function ownParts(context: Context, mode: Mode): Promise<OwnParts> {
  const { layout, root } = context;
  const production = mode === "production";
  const release: Release = {
    node: ensureRuntime(layout),
    folder: production ? realpathSync(layout.current) : root,
  };
  const caddy = caddyPart(context, release.folder);
  const agent = await agentPart(context, release);
  const scorer = scorerPart(context, production ? release : { ...release, folder: layout.runtime });
  const worker = workerPart(context, release);
  const web = webPart(context, release);
  if (production) return { agent, scorer, worker, web, caddy };
  return {
    agent: devAgent(context, agent),
    scorer: devScorer(context, scorer),
    worker: devWorker(context, worker),
    web: devWeb(context, web),
    caddy,
  };
}

/** Starts every part and finishes what needs them running. @returns the admin's password when made now. */
export async function startInstallation(
  context: Context,
  supervisor: Supervisor,
  mode: Mode,
): Promise<string | null> {
  await startInfrastructure(context, supervisor);
  await runStep(context, migrationsStep);
  await runStep(context, scheduleZoneStep);
  let password: string | null = null;
  const adminStep: Step = {
    name: "Administrator",
    check: async () => null,
    async run() {
      password = await ensureAdmin(context);
      return password === null ? "present" : "created";
    },
  };
  await runStep(context, adminStep);
  const { agent, scorer, worker, web, caddy } = await ownParts(context, mode);
  const own = async () => {
    await Promise.all([
      startPart(context, supervisor, "Agent", agent),
      startPart(context, supervisor, "Scorer", scorer),
    ]);
    await startPart(context, supervisor, "Worker", worker);
  };
  const front = async () => {
    await startPart(context, supervisor, "Web", web);
    await startPart(context, supervisor, "Caddy", caddy);
  };
  await Promise.all([own(), front()]);
  return password;
}

/** What the operator sees at the end: where to go, how to log in, what to do next. */
export function welcome({ config, layout }: Context, password: string | null): string {
  const login =
    password === null
      ? `${adminName}; its first password is in ${layout.adminPasswordFile}`
      : `${adminName}, password ${password} (also in ${layout.adminPasswordFile})`;
  const host = new URL(urlOf(config)).hostname;
  const internal = internalUrlOf(config);
  const getCa = withData("`./medforge get-ca`", layout.dir);
  const down = withData("`./medforge down`", layout.dir);
  const up = withData("`./medforge up`", layout.dir).replace(
    "`",
    `\`MEDFORGE_URL=https://NAME:${config.port} `,
  );
  return [
    "",
    `MedForge runs: ${urlOf(config)}`,
    ...(internal === null
      ? []
      : [`  Internal   ${internal}: sessions without internet, for whom an admin allows it`]),
    `  Login      ${config.databaseUrl === null || password !== null ? login : "as kept in the given database"}`,
    `  Sessions   ssh to ${sshHostOf(config)}, ports 10000–10999`,
    ...(config.tls === "local"
      ? [`  Trust      browsers warn until they trust ${layout.caFile}: ${getCa}; curl: --cacert`]
      : []),
    ...(host === "localhost" ? [`  Elsewhere  to reach it from other machines: ${down}, then ${up}`] : []),
    ...(password === null ? [] : ["  Next       open the URL, add an SSH key and press Launch"]),
    "",
  ].join("\n");
}
