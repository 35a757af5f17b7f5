import type { Context } from "../context";
import { SetupError } from "../errors";
import { supervisorStatus } from "../supervisor/control";

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

/** Without a supervisor the cure is to start it, whatever the part itself says. */
async function cureOf({ layout }: Context, { part }: Check, error: unknown): Promise<string> {
  if (error instanceof SetupError) return error.cure;
  return (await supervisorStatus(layout)) ? `./medforge logs ${part}` : startCure;
}

/** Runs a check; whatever it throws is the finding. */
export async function find(context: Context, check: Check): Promise<Finding> {
  try {
    return { part: check.part, ok: true, detail: await check.look(context), cure: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if ((await supervisorStatus(context.layout))?.phase === "starting") {
      const cure = "Wait: `./medforge status` says which step set-up is at.";
      return { part: check.part, ok: false, detail: `starting: ${detail}`, cure };
    }
    return { part: check.part, ok: false, detail, cure: await cureOf(context, check, error) };
  }
}
