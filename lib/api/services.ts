import { connectDb } from "@/db/client";
import { importLookMs } from "@/lib/competitions/store/tunables";
import { webEnv } from "@/lib/kernel/env/web";
import { createLog } from "@/lib/kernel/log";
import type { WebServices } from "./context";
import { ImportDesk } from "./imports";
import { sweepFromTimeToTime } from "./sweep";
import { webPoolSize } from "./tunables";
import { createWake } from "./wake";

/** On `globalThis`, since Next loads this module once per bundle: routes, pages and actions must share one pool. */
const holder: typeof globalThis & { medforgeWebServices?: WebServices } = globalThis;

/** The process's database pool, log and wake-up, made from the environment on first use. */
export function webServices(): WebServices {
  holder.medforgeWebServices ??= createServices();
  return holder.medforgeWebServices;
}

function createServices(): WebServices {
  const env = webEnv();
  const log = createLog("web", env.MEDFORGE_LOG_LEVEL);
  const db = connectDb({ url: env.DATABASE_URL, poolSize: webPoolSize });
  sweepFromTimeToTime(db, env.MEDFORGE_COMPETITIONS_DIR, log);
  const services = {
    db,
    log,
    wake: createWake(env.MEDFORGE_WAKE_PORT, log),
    competitionsDir: env.MEDFORGE_COMPETITIONS_DIR,
    settings: {
      url: env.MEDFORGE_URL,
      internalUrl: env.MEDFORGE_INTERNAL_URL ?? null,
      sshHost: env.MEDFORGE_SSH_HOST,
      zone: env.MEDFORGE_ZONE,
    },
  };
  const lookForImports = new ImportDesk(services).look;
  setInterval(lookForImports, importLookMs).unref();
  return { ...services, lookForImports };
}
