import { rmSync } from "node:fs";
import { type Mode, prepareInstallation, startInstallation, welcome } from "./bringup";
import type { Context } from "./context";
import { SetupError } from "./errors";
import { keepConfig } from "./open";
import { settlePorts } from "./ports";
import { stopInstallation } from "./shutdown";
import { type Controlled, serveControl, supervisorStatus } from "./supervisor/control";
import { Supervisor } from "./supervisor/supervisor";

export interface Supervised {
  welcome: string;
  /** Resolves with a closing sentence once everything is stopped. */
  ended: Promise<string>;
  shutDown(): Promise<void>;
}

type Stop = () => Promise<void>;

/**
 * Brings the whole installation up in this process and keeps it up.
 * `onStarted` gets the way to stop as soon as something runs. When set-up fails half-way, what runs already is stopped again (sessions are not).
 */
export async function supervise(
  context: Context,
  mode: Mode,
  onStarted: (shutDown: Stop) => void = () => undefined,
): Promise<Supervised> {
  const { layout } = context;
  const other = await supervisorStatus(layout);
  if (other) {
    throw new SetupError(
      `MedForge in ${layout.dir} is ${other.phase === "ready" ? "running already" : other.phase} (pid ${other.pid}).`,
      "Look with `./medforge status`; stop it with `./medforge down`.",
    );
  }
  const config = await settlePorts(layout, context.config);
  await prepareInstallation(context, mode);
  keepConfig(context, config);
  const supervisor = new Supervisor(context);
  let finish: (text: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | undefined;
  const controlled: Controlled = {
    supervisor,
    phase: "starting",
    doing: "",
    since: new Date(),
    shutDown() {
      stopping ??= stop();
      return stopping;
    },
  };
  const server = await serveControl(layout, controlled);
  const stop = async () => {
    controlled.phase = "stopping";
    const text = await stopInstallation(context, supervisor, (doing) => {
      controlled.doing = doing;
      context.report.event({ kind: "note", text: doing });
    });
    server.close();
    rmSync(layout.controlSocket, { force: true });
    finish(text);
  };
  onStarted(controlled.shutDown);
  try {
    const password = await startInstallation(context, supervisor, mode);
    controlled.phase = "ready";
    return { welcome: welcome(context, password), ended, shutDown: controlled.shutDown };
  } catch (error) {
    await controlled.shutDown();
    throw error;
  }
}
