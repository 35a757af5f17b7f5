import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context";
import { bundle } from "../release/build";
import { accountOf, type ServiceUser } from "../users";
import type { Part } from "./part";
import { webSettings } from "./web";

/** As whoever owns the checkout, so that what Next writes into it stays theirs; with the groups of the part's user. */
function asOwner(root: string, groups: readonly ServiceUser[], argv: readonly string[]): string[] {
  const { uid, gid } = statSync(root);
  const extra = groups.map((name) => accountOf(name).gid).join(",");
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, `--groups=${extra}`, "--", ...argv];
}

const tsxWatch = (root: string, entry: string) => [
  process.execPath,
  join(root, "node_modules/tsx/dist/cli.mjs"),
  "watch",
  "--clear-screen=false",
  join(root, entry),
];

/** Next's development server in web's place: hot reload, the same settings. */
export function devWeb(context: Context, part: Part): Part {
  const { root, config } = context;
  const next = join(root, "node_modules/next/dist/bin/next");
  const argv = [process.execPath, next, "dev", "-H", "127.0.0.1", "-p", String(config.webPort)];
  return {
    ...part,
    argv: asOwner(root, ["medforge-db"], argv),
    env: { ...part.env, ...webSettings(context), NODE_ENV: "development" },
    cwd: root,
  };
}

/** The worker from its sources, started anew when one changes. */
export function devWorker({ root }: Context, part: Part): Part {
  return {
    ...part,
    argv: asOwner(root, ["medforge-db", "medforge-worker"], tsxWatch(root, "worker/main.ts")),
    cwd: root,
  };
}

/**
 * The scorer, built from its sources at each of its starts, since its user may be unable to read the checkout. `./medforge
 * restart scorer` takes changes up.
 * @param part run from the runtime folder
 */
export function devScorer({ root, layout }: Context, part: Part): Part {
  const { runtime } = layout;
  const programs = { scorer: "worker/scorer/main.ts", "scorer-child": "worker/scorer/child.ts" };
  return {
    ...part,
    async prepare() {
      await part.prepare?.();
      await bundle(root, runtime, programs);
      for (const name of Object.keys(programs)) chmodSync(join(runtime, `${name}.mjs`), 0o644);
    },
  };
}

/**
 * The agent from its sources. Whoever can write the checkout is root here: a developer's machine only. The probe program
 * is built, since nobody, as whom it runs, may be unable to read the checkout.
 */
export function devAgent({ root, layout }: Context, part: Part): Part {
  const { runtime } = layout;
  return {
    ...part,
    argv: tsxWatch(root, "agent/main.ts"),
    env: { ...part.env, MEDFORGE_PROBE_PROGRAM: join(runtime, "probe.mjs") },
    cwd: root,
    async prepare() {
      await part.prepare?.();
      await bundle(root, runtime, { probe: "agent/probe/main.ts" });
      chmodSync(join(runtime, "probe.mjs"), 0o644);
    },
  };
}
