import { join } from "node:path";
import { ensureSessionImage } from "@/agent/image/build";
import { CommandError } from "@/agent/run";
import type { Context, Step } from "../context";
import { dockerSocketOf, engineInfo } from "../docker/engine";
import { SetupError } from "../errors";

/** Where results that depend on content alone are kept. */
export function cacheOf({ env, layout }: Context): string {
  return env.MEDFORGE_CACHE ?? layout.cache;
}

/** Where the session image's tarball is kept below a cache. */
export const imageCache = (cache: string) => join(cache, "image");

/** An engine that someone else runs must keep container users apart from the host's. */
export const givenEngineStep: Step = {
  name: "Docker engine",
  async check() {
    return null;
  },
  async run({ config, layout }) {
    const socket = dockerSocketOf(config, layout);
    const engine = await engineInfo(socket).catch((error: Error) => {
      throw new SetupError(
        `The Docker engine on ${socket} does not answer: ${error.message}`,
        "Start it, or unset MEDFORGE_DOCKER_HOST to let MedForge run its own.",
        error,
      );
    });
    if (!engine.remapped) {
      throw new SetupError(
        `The Docker engine on ${socket} runs without user-namespace remap: root in a session would be root on this host.`,
        'Add "userns-remap": "default" to its daemon.json and restart it, or unset MEDFORGE_DOCKER_HOST.',
      );
    }
    return `${engine.version} on ${socket}`;
  },
};

/** Only the build's own programs fail for want of a network; what else goes wrong is told as it is. */
function imageFailure(error: unknown, cacheDir: string): unknown {
  if (!(error instanceof CommandError) || !error.argv.includes("debootstrap")) return error;
  return new SetupError(
    `The session image can't be built: debootstrap failed, mostly for want of a way to the Debian mirror (${error.what}).`,
    `Check that this host reaches the mirror (apt-get update); behind a proxy set http_proxy; or copy the tarball from another host's data folder (cache/image/*.tar) to ${cacheDir}. Then \`./medforge up\` goes on.`,
    error,
  );
}

/** The image that sessions run, made on this host where no registry answers. */
export const imageStep: Step = {
  name: "Session image",
  async check() {
    return null;
  },
  async run(context, progress) {
    const cacheDir = imageCache(cacheOf(context));
    const dockerSocket = dockerSocketOf(context.config, context.layout);
    try {
      await ensureSessionImage({ dockerSocket, cacheDir, onProgress: progress });
    } catch (error) {
      throw imageFailure(error, cacheDir);
    }
    return "ready";
  },
};
