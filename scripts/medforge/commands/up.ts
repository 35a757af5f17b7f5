import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Mode } from "../bringup";
import { readConfig, urlOf } from "../config";
import { type Context, runStep } from "../context";
import { withData } from "../cure";
import { SetupError, told } from "../errors";
import { layoutOf } from "../layout";
import { refuseSecond, takeDataFolder } from "../lock";
import { dataDirOf, planInstallation } from "../open";
import { partNames } from "../parts/part";
import { type Reporter, reportEvent, terminalReporter } from "../report";
import { vetDataFolder } from "../steps/folders";
import { ensurePackages } from "../steps/packages";
import { supervise } from "../supervise";
import { supervisorStatus } from "../supervisor/control";
import { followLogs } from "../supervisor/follow";
import { firstMissing, withdrawDataFolder, withdrawLetGo } from "../withdraw";

export interface UpOptions {
  data?: string;
  port?: number;
  detach?: boolean;
  yes?: boolean;
  /** Set by `dev`: parts of ours run from the checkout. */
  development?: boolean;
  /** Set by `up --detach` for the process that stays. */
  daemon?: boolean;
}

/** What the process that stays tells the one that waits. */
const message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report"), event: reportEvent }),
  z.object({ kind: z.literal("ready"), welcome: z.string() }),
  z.object({ kind: z.literal("failed"), message: z.string(), cure: z.string() }),
]);

/** @returns the exit code. */
export async function upCommand(options: UpOptions): Promise<number> {
  if (options.daemon) return daemon(options);
  const context = planInstallation(options.data, options, terminalReporter());
  const running = await supervisorStatus(context.layout);
  if (running?.phase === "ready") {
    refuseOtherSettings(context);
    console.log(`MedForge runs already (pid ${running.pid}): ${urlOf(context.config)}`);
    return 0;
  }
  vetDataFolder(context.layout);
  refuseOtherDatabase(context);
  if (options.detach) {
    await refuseSecond(context.layout);
    await installPackages(context, options);
    return detach(context, options);
  }
  const made = firstMissing(context.layout);
  await takeDataFolder(context.layout);
  try {
    // Another run may have made the settings since.
    const fresh = planInstallation(options.data, options, context.report);
    await installPackages(fresh, options);
    return await foreground(fresh, options.development ? "development" : "production");
  } catch (error) {
    withdrawDataFolder(context.layout, made);
    throw error;
  }
}

function installPackages(context: Context, options: UpOptions): Promise<void> {
  return runStep(context, {
    name: "System packages",
    check: async () => null,
    async run({ config }, progress) {
      const wanted = {
        ownDatabase: config.databaseUrl === null,
        ownPool: config.zfsParent === null,
        ownEngine: config.dockerHost === null,
        tests: false,
      };
      await ensurePackages(wanted, options.yes ?? false, progress);
      return "present";
    },
  });
}

/** Settings are read at start: what was asked for beyond them is not in force. Named only, since some hold passwords. */
function refuseOtherSettings({ layout, config }: Context): void {
  const kept: Record<string, unknown> = readConfig(layout) ?? config;
  const other = Object.entries(config).filter(([key, value]) => value !== kept[key]);
  if (other.length === 0) return;
  throw new SetupError(
    `MedForge runs already, with other settings than asked for: ${other.map(([key]) => key).join(", ")} in ${layout.configFile}.`,
    "To change them: `./medforge down`, then `./medforge up` with the new values.",
  );
}

/** A DATABASE_URL that the shell happens to have would hide the records of an installation that is there. */
function refuseOtherDatabase({ layout, config }: Context): void {
  const own = (readConfig(layout)?.databaseUrl ?? null) === null && existsSync(layout.database);
  if (!own || config.databaseUrl === null) return;
  throw new SetupError(
    `This installation keeps its records in ${layout.database}, and DATABASE_URL names another database.`,
    `Unset DATABASE_URL. To move to that database: dump the old one into it, then move ${layout.database} away.`,
  );
}

/** What shells report for a command that Ctrl-C ended. */
const interrupted = 130;

/** Ends on Ctrl-C, on SIGTERM, or when `down` asks for it. */
async function foreground(context: Context, mode: Mode): Promise<number> {
  let ready = false;
  let shutDown: () => Promise<void> = async () => undefined;
  const onSignal = () => {
    if (!ready) console.log("\nInterrupted: the next run goes on from here.");
    void shutDown().then(() => ready || process.exit(interrupted));
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  const supervised = await supervise(context, mode, (stop) => {
    shutDown = stop;
  });
  ready = true;
  console.log(supervised.welcome);
  const unfollow = followLogs(context.layout, partNames);
  const text = await supervised.ended;
  unfollow();
  console.log(text);
  return 0;
}

/** Runs without a terminal; everything it has to say goes to the waiting command, then to the supervisor's log. */
async function daemon(options: UpOptions): Promise<number> {
  const send = (body: z.input<typeof message>) => {
    // Whoever waited may have gone; what is told to nobody is in the log.
    if (process.connected) process.send?.(body, undefined, undefined, () => undefined);
  };
  const report: Reporter = {
    event(event) {
      if (event.kind === "note") console.log(`${new Date().toISOString()} ${event.text}`);
      send({ kind: "report", event });
    },
  };
  try {
    await takeDataFolder(layoutOf(dataDirOf(options.data)));
    const context = planInstallation(options.data, options, report);
    const supervised = await supervise(context, "production", (shutDown) => {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => void shutDown());
    });
    send({ kind: "ready", welcome: supervised.welcome });
    if (process.connected) process.disconnect();
    const closing = await supervised.ended;
    console.log(`${new Date().toISOString()} ${closing}`);
    return 0;
  } catch (error) {
    const cure =
      error instanceof SetupError ? error.cure : "This is a defect: please report it with the message.";
    const text = told(error);
    console.error(`${new Date().toISOString()} ${text}`);
    send({ kind: "failed", message: text, cure });
    return 1;
  }
}

/** Starts the process that stays and shows what it does until it is ready or has failed. */
async function detach({ layout, root, report }: Context, options: UpOptions): Promise<number> {
  const made = firstMissing(layout);
  mkdirSync(layout.log, { recursive: true, mode: 0o750 });
  const log = openSync(join(layout.log, "supervisor.log"), "a", 0o640);
  const args = [
    join(root, "scripts/medforge/start.mjs"),
    ...["up", "--daemon", "--data", layout.dir],
    ...(options.port === undefined ? [] : ["--port", String(options.port)]),
  ];
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log, "ipc"],
  });
  process.once("SIGINT", () => {
    console.log(
      `\nSet-up goes on in the background (pid ${child.pid}). ${withData("Watch it with `./medforge logs`, end it with `./medforge down`.", layout.dir)}`,
    );
    process.exit(interrupted);
  });
  return new Promise((resolve, reject) => {
    let refused = false;
    const refuse = (refusal: SetupError) => {
      refused = true;
      // A folder that stays behind is no reason to hide why.
      void withdrawLetGo(layout, made).then(
        () => reject(refusal),
        () => reject(refusal),
      );
    };
    child.on("message", (raw) => {
      const said = message.parse(raw);
      if (said.kind === "report") return report.event(said.event);
      if (said.kind === "failed") return refuse(new SetupError(said.message, said.cure));
      console.log(said.welcome);
      child.unref();
      resolve(0);
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (refused) return;
      const how = signal ?? `exit code ${code}`;
      reject(
        new SetupError(`The supervisor ended (${how}).`, `Look at ${join(layout.log, "supervisor.log")}.`),
      );
    });
  });
}
