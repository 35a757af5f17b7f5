import { styleText } from "node:util";
import { z } from "zod";

/** What set-up tells the operator. A detached supervisor sends the same to the command that waits for it. */
export const reportEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begin"), step: z.string() }),
  z.object({ kind: z.literal("progress"), step: z.string(), text: z.string() }),
  z.object({
    kind: z.literal("done"),
    step: z.string(),
    text: z.string(),
    ms: z.number(),
    /** It came to its end, and to no good one. */
    failed: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("note"), text: z.string() }),
]);
export type ReportEvent = z.output<typeof reportEvent>;

export interface Reporter {
  event(event: ReportEvent): void;
}

/** A step that took longer says how long, in ms. */
const worthTellingMs = 2_000;
/** At most one progress line per this many ms where lines can't be overwritten. */
const plainProgressMs = 5_000;
const clearLine = "\r\u001b[K";

/** What a program said, without the step's name in front: the line has it already. */
function progressText(step: string, text: string): string {
  return (text.startsWith(`${step}: `) ? text.slice(step.length + 2) : text).trim();
}

function doneLine({ step, text, ms, failed }: Extract<ReportEvent, { kind: "done" }>): string {
  const took = ms > worthTellingMs ? ` (${(ms / 1000).toFixed(0)} s)` : "";
  const mark = failed ? styleText("red", "✗") : styleText("green", "✓");
  return `${mark} ${step}${text === "" ? "" : `: ${text}`}${took}`;
}

/** Writes steps to the terminal, or as plain lines where there is none. */
export function terminalReporter(stream: NodeJS.WriteStream = process.stdout): Reporter {
  let lastProgress = 0;
  const live = stream.isTTY === true;
  const line = (text: string) => stream.write(`${live ? clearLine : ""}${text}\n`);
  return {
    event(event) {
      switch (event.kind) {
        case "begin":
          if (live) stream.write(`${clearLine}${styleText("dim", `· ${event.step} …`)}`);
          lastProgress = performance.now();
          break;
        case "progress": {
          const text = progressText(event.step, event.text);
          if (text === "") break;
          if (live) {
            const width = (stream.columns ?? 80) - event.step.length - 6;
            stream.write(`${clearLine}${styleText("dim", `· ${event.step}: ${text.slice(0, width)}`)}`);
          } else if (performance.now() - lastProgress > plainProgressMs) {
            lastProgress = performance.now();
            line(`  ${event.step}: ${text}`);
          }
          break;
        }
        case "done":
          line(doneLine(event));
          break;
        case "note":
          line(event.text);
      }
    },
  };
}
