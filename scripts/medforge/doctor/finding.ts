import type { Context } from "../context";
import { SetupError } from "../errors";
import { partNames } from "../parts/part";
import { type SupervisorStatus, supervisorStatus } from "../supervisor/control";

export const startCure = "Start it with `./medforge up --detach`.";

/** One part of the installation, as `doctor` found it. */
export interface Finding {
  part: string;
  ok: boolean;
  /** What is there, or what is wrong. */
  detail: string;
  /** Null when all is well. */
  cure: string | null;
}

export interface Check {
  part: string;
  /** @returns what is there. @throws SetupError with what is wrong and the cure. */
  look(context: Context): Promise<string>;
}

/** Where a part's own words are. */
export function logsCure(part: string): string {
  const known = partNames.some((name) => name === part);
  return `Look at \`./medforge logs${known ? ` ${part}` : ""}\`.`;
}

/** One that answers nonsense is a finding of the supervisor's own check and hides no other. */
async function statusOf({ layout }: Context): Promise<SupervisorStatus | undefined> {
  return supervisorStatus(layout).catch(() => undefined);
}

/** Runs a check; whatever it throws is the finding. */
export async function find(context: Context, check: Check): Promise<Finding> {
  try {
    return { part: check.part, ok: true, detail: await check.look(context), cure: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const status = await statusOf(context);
    if (status?.phase === "starting") {
      const cure = "Wait: `./medforge status` says which step set-up is at.";
      return { part: check.part, ok: false, detail: `starting: ${detail}`, cure };
    }
    // Without a supervisor the cure is to start it, whatever the part itself says.
    const cure = error instanceof SetupError ? error.cure : status ? logsCure(check.part) : startCure;
    return { part: check.part, ok: false, detail, cure };
  }
}
