import { createConnection } from "mysql2/promise";
import { z } from "zod";
import type { Context } from "../context";
import { SetupError } from "../errors";
import { ask } from "../http";
import { edgeProbe } from "../parts/caddy";
import { scorerProbe } from "../parts/scorer";
import { webProbe } from "../parts/web";
import { databaseUrlOf } from "../secrets";
import { supervisorStatus } from "../supervisor/control";
import { type Check, logsCure, startCure } from "./finding";
import { certificates } from "./tls";

const supervisor: Check = {
  part: "supervisor",
  async look({ layout }) {
    const status = await supervisorStatus(layout);
    if (!status) throw new SetupError("not running", startCure);
    return `${status.phase}, pid ${status.pid}`;
  },
};

const database: Check = {
  part: "mariadb",
  async look({ config, layout }) {
    const connection = await createConnection(databaseUrlOf(config, layout, "migrate"));
    try {
      const [rows] = await connection.query(
        "SELECT VERSION() AS version, COUNT(*) AS applied FROM schema_migrations",
      );
      const [row] = z.array(z.object({ version: z.string(), applied: z.number() })).parse(rows);
      return `${row?.version}, ${row?.applied} migration${row?.applied === 1 ? "" : "s"} applied`;
    } finally {
      await connection.end();
    }
  },
};

const agentHealth = z.object({ version: z.string(), problems: z.array(z.string()) });

const agent: Check = {
  part: "agent",
  async look({ layout }) {
    const answer = await ask({
      socketPath: layout.agentSocket,
      path: "/v1/health",
      method: "POST",
      body: "{}",
    });
    if (answer.status !== 200) throw new Error(`health answered ${answer.status}: ${answer.text}`);
    const { version, problems } = agentHealth.parse(JSON.parse(answer.text));
    if (problems.length === 0) return version;
    throw new SetupError(
      problems.join("; "),
      "Each names what the host lacks; `./medforge logs agent` has more.",
    );
  },
};

const worker: Check = {
  part: "worker",
  async look({ config, layout }) {
    const status = await supervisorStatus(layout);
    const part = status?.parts.find(({ name }) => name === "worker");
    if (part?.state === "ready") {
      return `running, restarts: ${part.restarts}, metrics on 127.0.0.1:${config.metricsPort}`;
    }
    throw new SetupError(part?.note ?? "not running", status ? logsCure("worker") : startCure);
  },
};

function fromProbe(
  part: "scorer" | "web" | "caddy",
  probe: (context: Context) => Promise<string | null>,
): Check {
  return {
    part,
    async look(context) {
      const reason = await probe(context);
      if (reason === null) return "answers";
      throw new Error(reason);
    },
  };
}

export const partChecks: readonly Check[] = [
  supervisor,
  database,
  agent,
  fromProbe("scorer", ({ layout }) => scorerProbe(layout.scorerSocket)),
  worker,
  fromProbe("web", ({ config }) => webProbe(config.webPort)),
  fromProbe("caddy", ({ config, layout }) => edgeProbe(layout.caFile, config.port)),
  certificates,
];
