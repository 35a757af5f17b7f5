import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { required } from "@/lib/kernel/assert";
import { internalUrlOf, urlOf } from "../config";
import type { Context } from "../context";
import { dockerSocketOf } from "../docker/engine";
import { keepConfig, planInstallation } from "../open";
import { terminalReporter } from "../report";
import { zfsParentOf } from "../zfs/pool";
import { internet, responderPort } from "./network";

export interface World {
  dir: string;
  root: string;
}

/** Plenty for every test's workspaces, in GB; sparse. */
const poolGb = 8;

/** The installation inside a world, with settings kept but nothing started. */
export function worldContext(world: World): Context {
  const dir = join(world.dir, "d");
  mkdirSync(dir, { recursive: true });
  // What answers in the test world as the internet would.
  const outside = { probeInternet: `${internet}:${responderPort}`, sessionDns: internet };
  const context = planInstallation(dir, {}, terminalReporter());
  keepConfig(context, { ...context.config, poolSizeGb: poolGb, simulatedGpus: 2, ...outside });
  return context;
}

/** What tests are told of the world; `e2e/support/env.ts` says what each is. */
export function testEnv({ config, layout }: Context): Record<string, string> {
  return {
    MEDFORGE_TEST_DATABASE_URL: `mysql://root@localhost/?socketPath=${encodeURIComponent(layout.databaseSocket)}`,
    MEDFORGE_TEST_URL: urlOf(config),
    MEDFORGE_TEST_INTERNAL_URL: required(
      internalUrlOf(config),
      "the internal surface of the default settings",
    ),
    MEDFORGE_TEST_CA: layout.caFile,
    MEDFORGE_TEST_DATA_DIR: layout.dir,
    MEDFORGE_TEST_ADMIN_PASSWORD: layout.adminPasswordFile,
    MEDFORGE_TEST_DOCKER_SOCKET: dockerSocketOf(config, layout),
    MEDFORGE_TEST_ZFS_PARENT: zfsParentOf(config),
    MEDFORGE_TEST_AGENT_SOCKET: layout.agentSocket,
    MEDFORGE_TEST_STAND_IN_DIR: layout.standIn,
  };
}
