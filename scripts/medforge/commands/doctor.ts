import { styleText } from "node:util";
import type { Context } from "../context";
import { withData } from "../cure";
import { type Finding, find, startCure } from "../doctor/finding";
import { hostChecks } from "../doctor/host";
import { findingsOfOutage } from "../doctor/outage";
import { partChecks } from "../doctor/parts";
import { openInstallation } from "../open";
import { findChild } from "../supervisor/child";
import { supervisorStatus } from "../supervisor/control";

export interface DoctorOptions {
  data?: string;
  json?: boolean;
}

/**
 * Tells of nothing running as of one problem with one cure.
 * @returns the findings that come of it
 */
async function tellOutage(
  { layout, config }: Context,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  // A supervisor that does not answer is there: its own check says what is wrong with it.
  const isDown = await supervisorStatus(layout).then(
    (status) => status === undefined,
    () => false,
  );
  if (!isDown) return [];
  const waiting = findingsOfOutage(findings, config, (part) => findChild(layout, part) !== undefined);
  if (waiting.length === 0) return [];
  console.log(`${styleText("red", "DOWN ")} MedForge in ${layout.dir} is not running.`);
  console.log(`      ${styleText("yellow", "cure:")} ${withData(startCure, layout.dir)}`);
  console.log(`      It starts or puts right: ${waiting.map(({ part }) => part).join(", ")}.`);
  return waiting;
}

/** Looks at each part by itself, so that one that is down hides no other. @returns 1 if anything is wrong. */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const context = openInstallation(options.data);
  const checks = [...hostChecks, ...partChecks];
  const findings = await Promise.all(checks.map((check) => find(context, check)));
  const wrong = findings.filter((finding) => !finding.ok);
  if (options.json) {
    console.log(JSON.stringify({ ok: wrong.length === 0, findings }, null, 2));
    return wrong.length === 0 ? 0 : 1;
  }
  const told = await tellOutage(context, findings);
  for (const { part, ok, detail, cure } of findings.filter((finding) => !told.includes(finding))) {
    const mark = ok ? styleText("green", "ok   ") : styleText("red", "WRONG");
    console.log(`${mark} ${part.padEnd(10)} ${detail}`);
    if (cure !== null)
      console.log(`      ${styleText("yellow", "cure:")} ${withData(cure, context.layout.dir)}`);
  }
  return wrong.length === 0 ? 0 : 1;
}
