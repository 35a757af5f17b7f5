import { rebuildLeaderboard } from "@/lib/competitions/commands/rebuild";
import { AppError } from "@/lib/kernel/errors";
import { asAdmin } from "../competitions/admin-context";
import { runStep } from "../context";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { requireRunning } from "../supervisor/control";

/** Makes a competition's leaderboards anew and prints how many entries were otherwise. @throws SetupError */
export async function rebuildLeaderboardCommand(slug: string, options: { data?: string }): Promise<void> {
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  await runStep(context, {
    name: `Leaderboards of ${slug}`,
    check: async () => null,
    async run() {
      const { entries, changed } = await asAdmin(context, ({ db, actor, requestId }) =>
        rebuildLeaderboard(db, { userId: actor.userId, username: actor.username, requestId }, slug),
      ).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        throw new SetupError(error.message, "`./medforge competition list` shows what there is.", error);
      });
      return `${entries} entries, ${changed} of them changed`;
    },
  });
}
