import { styleText } from "node:util";
import { rescoreCompetition } from "@/lib/competitions/commands/rescore";
import { scorerVersion } from "@/lib/competitions/scoring/score";
import { AppError } from "@/lib/kernel/errors";
import { createScorerClient } from "@/worker/adapters/scorer";
import { scorerDeadlineMs } from "@/worker/tunables";
import { asAdmin } from "../competitions/admin-context";
import { verifyScores } from "../competitions/verify";
import { type Context, runStep } from "../context";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { scorerJobs } from "../parts/scorer";
import { requireRunning } from "../supervisor/control";

export interface RescoreOptions {
  data?: string;
  verify?: boolean;
  after?: string;
}

/** What the worker asks for, too, in MiB. */
const usualMemoryMb = 1_024;

/**
 * Scores a competition anew: what another version of the scorer has scored is queued, or with `verify` all of it is
 * compared and nothing written. @returns 1 where a score came out otherwise
 * @throws SetupError also for a place to go on from where nothing is compared: queueing finds its own
 */
export async function rescoreCommand(slug: string, options: RescoreOptions): Promise<0 | 1> {
  if (options.after !== undefined && !options.verify)
    throw new SetupError(
      "--after is for --verify.",
      "Leave it away: queueing goes on by itself where it was cut off.",
    );
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  try {
    if (options.verify) return await verify(context, slug, options.after);
    await queueAnew(context, slug);
    return 0;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new SetupError(error.message, "`./medforge competition list` shows what there is.", error);
  }
}

function queueAnew(context: Context, slug: string): Promise<void> {
  return runStep(context, {
    name: `Rescoring of ${slug}`,
    check: async () => null,
    async run(_context, progress) {
      const told = (queued: number) => progress(`${queued} queued`);
      const queued = await asAdmin(context, (admin) =>
        rescoreCompetition(admin, { slug, scorer: scorerVersion }, told),
      );
      if (queued === 0) return `nothing to do: all of it is by scorer ${scorerVersion}`;
      return `${queued} queued for scorer ${scorerVersion}; \`./medforge competition list\` shows how many wait`;
    },
  });
}

async function verify(context: Context, slug: string, after: string | undefined): Promise<0 | 1> {
  const { config, layout } = context;
  const scorer = createScorerClient(layout.scorerSocket);
  const bounds = { deadlineMs: scorerDeadlineMs, memoryMb: config.scorerMemoryMb ?? usualMemoryMb };
  // Half of what runs at once: one that runs is not interrupted for a submission that comes.
  const parallel = Math.ceil(scorerJobs(config) / 2);
  const options = { slug, after, parallel, ...bounds };
  let differing = 0;
  await runStep(context, {
    name: `Scores of ${slug}`,
    check: async () => null,
    run: (_context, progress) =>
      asAdmin(context, async ({ db }) => {
        let verified = 0;
        for await (const one of verifyScores(db, scorer, options)) {
          verified = one.done;
          progress(`${one.done} of ${one.total}; to go on from here: --after ${one.submission}`);
          if (one.differences.length === 0) continue;
          differing += 1;
          tell(one.submission, one.differences);
        }
        if (differing > 0) return { failed: `${differing} of ${verified} came out otherwise` };
        return `${verified} came out bit for bit the same, by scorer ${scorerVersion}`;
      }),
  });
  return differing === 0 ? 0 : 1;
}

function tell(submission: string, differences: readonly string[]): void {
  console.log(`${styleText("red", "✗")} ${submission}`);
  for (const difference of differences) console.log(`  ${difference}`);
}
