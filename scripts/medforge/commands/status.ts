import { styleText } from "node:util";
import { urlOf } from "../config";
import type { Context } from "../context";
import { withData } from "../cure";
import { sessionsOf } from "../docker/engine";
import { goingOn, livingSessions } from "../docker/living";
import { openInstallation } from "../open";
import { partNames } from "../parts/part";
import { findChild } from "../supervisor/child";
import { supervisorStatus } from "../supervisor/control";

export interface StatusOptions {
  data?: string;
}

/** How long ago, in the largest unit that is not zero. */
function ago(since: string): string {
  const seconds = Math.round((Date.now() - Date.parse(since)) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** Without a supervisor: what lives on all the same. */
function tellWhatIsLeft({ layout, config }: Context): void {
  const left = partNames.filter((name) => findChild(layout, name) !== undefined);
  console.log(`MedForge in ${layout.dir} is not running.`);
  if (left.length > 0) console.log(`Still running without it: ${left.join(", ")}.`);
  const sessions = livingSessions(config, layout);
  if (sessions.length > 0) console.log(withData(goingOn(sessions), layout.dir));
}

/** Prints what runs. @returns 0 when every part is ready, else 1. */
export async function statusCommand(options: StatusOptions): Promise<number> {
  const context = openInstallation(options.data);
  const { layout, config } = context;
  const status = await supervisorStatus(layout);
  if (!status) {
    tellWhatIsLeft(context);
    return 1;
  }
  if (status.phase === "starting") {
    const at = status.doing === "" ? "" : ` It is at: ${status.doing}.`;
    console.log(`Set-up of ${layout.dir} is under way (pid ${status.pid}).${at}`);
  }
  console.log(`MedForge ${status.phase}: ${urlOf(config)} (pid ${status.pid}, since ${ago(status.since)})`);
  for (const part of status.parts) {
    const colour = part.state === "ready" ? "green" : "yellow";
    const facts = [part.pid === null ? "" : `pid ${part.pid}`, `for ${ago(part.since)}`];
    if (part.restarts > 0) facts.push(`restarts: ${part.restarts}`);
    if (part.note !== null) facts.push(part.note.split("\n")[0] ?? "");
    const text = facts.filter((fact) => fact !== "").join(", ");
    console.log(`  ${part.name.padEnd(8)} ${styleText(colour, part.state.padEnd(8))} ${text}`);
  }
  const sessions = await sessionsOf(config, layout);
  console.log(`  sessions ${sessions === null ? "unknown: the engine does not answer" : sessions.length}`);
  return status.phase === "ready" && status.parts.every((part) => part.state === "ready") ? 0 : 1;
}
