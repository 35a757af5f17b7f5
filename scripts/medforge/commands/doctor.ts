import { styleText } from "node:util";
import { withData } from "../cure";
import { find } from "../doctor/finding";
import { hostChecks } from "../doctor/host";
import { partChecks } from "../doctor/parts";
import { openInstallation } from "../open";

export interface DoctorOptions {
  data?: string;
  json?: boolean;
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
  for (const { part, ok, detail, cure } of findings) {
    const mark = ok ? styleText("green", "ok   ") : styleText("red", "WRONG");
    console.log(`${mark} ${part.padEnd(10)} ${detail}`);
    if (cure !== null)
      console.log(`      ${styleText("yellow", "cure:")} ${withData(cure, context.layout.dir)}`);
  }
  return wrong.length === 0 ? 0 : 1;
}
