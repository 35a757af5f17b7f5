import { join } from "node:path";
import { internalUrlOf, sshHostOf, urlOf } from "../config";
import type { Context } from "../context";
import { ask } from "../http";
import { databaseUrlOf } from "../secrets";
import { asUser, type Part, partEnv, privateUmask, type Release } from "./part";

const startMs = 60_000;
/** Requests at hand are answered; open event streams are cut, in ms. */
const stopMs = 10_000;

/**
 * How long web keeps an idle connection, in ms. Longer than Caddy does: Caddy repeats no POST that met a connection which
 * web had just closed, so that people would see 502.
 */
export const webKeepAliveMs = 60_000;

/** What web is told; also for `npm run dev`. No socket of the agent's, no right to change tables. */
export function webSettings({ layout, config }: Context): Record<string, string> {
  const internalUrl = internalUrlOf(config);
  return {
    DATABASE_URL: databaseUrlOf(config, layout, "web"),
    MEDFORGE_URL: urlOf(config),
    ...(internalUrl === null ? {} : { MEDFORGE_INTERNAL_URL: internalUrl }),
    MEDFORGE_OWN_CA: config.tls === "local" ? "yes" : "no",
    MEDFORGE_SSH_HOST: sshHostOf(config),
    MEDFORGE_WAKE_PORT: String(config.wakePort),
    MEDFORGE_COMPETITIONS_DIR: layout.competitions,
    MEDFORGE_LOG_LEVEL: config.logLevel,
    ...(config.zone === null ? {} : { MEDFORGE_ZONE: config.zone }),
  };
}

/** Null once web answers on its loopback port. */
export async function webProbe(port: number): Promise<string | null> {
  try {
    const answer = await ask({ host: "127.0.0.1", port, path: "/api/v2/health" });
    return answer.status === 200
      ? null
      : `/api/v2/health answered ${answer.status}: ${answer.text.slice(0, 300)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function webPart(context: Context, { node, folder }: Release): Part {
  const { config } = context;
  const web = join(folder, "web");
  return {
    name: "web",
    argv: asUser({ user: "medforge-web", groups: ["medforge-db"] }, [node, join(web, "server.js")]),
    env: partEnv({
      ...webSettings(context),
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      HOSTNAME: "127.0.0.1",
      PORT: String(config.webPort),
      KEEP_ALIVE_TIMEOUT: String(webKeepAliveMs),
    }),
    cwd: web,
    umask: privateUmask,
    ready: () => webProbe(config.webPort),
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
