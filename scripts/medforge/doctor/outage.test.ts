import { expect, it } from "vitest";
import { mergeConfig } from "../config";
import type { SetupEnv } from "../env";
import { type Finding, startCure } from "./finding";
import { findingsOfOutage } from "./outage";

const configOf = (env: Partial<SetupEnv>) =>
  mergeConfig(undefined, { HOME: "/root", SHELL: "/bin/sh", TERM: "dumb", ...env }, {});
const wrong = (part: string, cure = `See to ${part}.`): Finding => ({ part, ok: false, detail: "", cure });
const namesOf = (findings: readonly Finding[]) => findings.map(({ part }) => part);

const all = [
  { part: "packages", ok: true, detail: "all there", cure: null },
  wrong("network"),
  ...["zfs", "docker", "supervisor", "mariadb", "agent", "scorer", "worker", "web", "caddy", "tls"].map(
    (part) => wrong(part),
  ),
];
const own = ["zfs", "docker", "supervisor", "mariadb", "agent", "scorer", "worker", "web", "caddy", "tls"];

it("takes what `up` starts, and nothing of the host's own", () => {
  expect(namesOf(findingsOfOutage(all, configOf({}), () => false))).toEqual(own);
});

it("leaves out a database, a pool and an engine that the site gave", () => {
  const given = configOf({
    DATABASE_URL: "mysql://medforge:secret@db/medforge",
    MEDFORGE_ZFS_PARENT: "tank/medforge",
    MEDFORGE_DOCKER_HOST: "/run/docker.sock",
  });
  const left = own.filter((part) => !["zfs", "docker", "mariadb"].includes(part));
  expect(namesOf(findingsOfOutage(all, given, () => false))).toEqual(left);
});

it("leaves out what goes on without a supervisor and is wrong all the same, but not what asks for a start", () => {
  const findings = [wrong("agent"), wrong("tls"), wrong("worker", startCure), wrong("web")];
  const runs = (part: string) => part !== "web";
  expect(namesOf(findingsOfOutage(findings, configOf({}), runs))).toEqual(["worker", "web"]);
});
