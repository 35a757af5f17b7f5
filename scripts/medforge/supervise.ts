import { mkdirSync, rmSync } from "node:fs";
import { type Mode, prepareInstallation, startInstallation, welcome } from "./bringup";
import { beginCompetitions } from "./competitions/starters";
import type { Context } from "./context";
import { keepConfig } from "./open";
import { settlePorts } from "./ports";
import { stopInstallation } from "./shutdown";
import { type Controlled, serveControl } from "./supervisor/control";
import { Supervisor, setupEnded } from "./supervisor/supervisor";

export interface Supervised {
  welcome: string;
  /** Resolves with a closing sentence once everything is stopped. */
  ended: Promise<string>;
  shutDown(): Promise<void>;
}

/** Lets `status` say which step set-up is at. */
function tellDoing(context: Context, controlled: Controlled): void {
  const { report } = context;
  context.report = {
    event(event) {
      if (event.kind === "begin" && controlled.phase === "starting") controlled.doing = event.step;
      report.event(event);
    },
  };
}

type Stop = () => Promise<void>;

/**
 * Brings the whole installation up in this process, which has taken the data folder, and keeps it up.
 * `onStarted` gets the way to stop as soon as something runs. When set-up fails half-way, what runs already is stopped again (sessions are not).
 */
export async function supervise(
  context: Context,
  mode: Mode,
  onStarted: (shutDown: Stop) => void = () => undefined,
): Promise<Supervised> {
  const { layout } = context;
  keepConfig(context, await settlePorts(layout, context.config));
  mkdirSync(layout.run, { recursive: true, mode: 0o711 });
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
  tellDoing(context, controlled);
  const server = await serveControl(layout, controlled);
  const stop = async () => {
    controlled.phase = "stopping";
    supervisor.close();
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
    const bringUp = async () => {
      await prepareInstallation(context, mode);
      return startInstallation(context, supervisor, mode);
    };
    const cutOff = ended.then(() => Promise.reject(setupEnded()));
    const password = await Promise.race([bringUp(), cutOff]);
    controlled.phase = "ready";
    controlled.doing = "";
    void beginCompetitions(context);
    return { welcome: welcome(context, password), ended, shutDown: controlled.shutDown };
  } catch (error) {
    // Whatever broke because its ground was taken away is not the reason.
    const wanted = controlled.phase === "stopping";
    await controlled.shutDown();
    throw wanted ? setupEnded() : error;
  }
}
