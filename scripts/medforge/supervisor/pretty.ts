import { styleText } from "node:util";
import { z } from "zod";

/** A line of pino (`time`, `msg`, level by name) or of Caddy (`ts`, `msg`). */
const line = z.looseObject({
  level: z.string(),
  msg: z.string(),
  time: z.string().optional(),
  ts: z.union([z.number(), z.string()]).optional(),
});
const failure = z.looseObject({ message: z.string(), stack: z.string().optional() });
/** Levels of what nobody expected, which its stack helps to find. */
const withStack = new Set(["error", "fatal"]);
/** Said by the prefix already, or of no use to a reader. */
const hidden = new Set(["level", "msg", "time", "ts", "part", "pid", "hostname", "v"]);

const colours = { warn: "yellow", error: "red", fatal: "red", debug: "dim" } as const;

function clock(time: string | number | undefined): string {
  const date = new Date(typeof time === "number" ? time * 1000 : (time ?? Number.NaN));
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(11, 19)} `;
}

function detail(level: string, key: string, value: unknown): string {
  if (typeof value === "string") return `${key}=${value}`;
  const cause = failure.safeParse(value);
  if (!cause.success) return `${key}=${JSON.stringify(value)}`;
  const { message, stack } = cause.data;
  return `${key}="${message}"${withStack.has(level) && stack ? `\n${stack}` : ""}`;
}

/** A JSON log line's fields; undefined for any other line. */
function fieldsOf(text: string): z.output<typeof line> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Of Docker's engine, which writes words and not JSON. */
const engineTime = /^time="([^"]+)"/;
/** Of MariaDB, whose clock is the parts', UTC, and whose hours have one digit or two. */
const databaseTime = /^(\d{4}-\d\d-\d\d) +(\d{1,2}):(\d\d:\d\d) /;

function wordedTime(text: string): string | undefined {
  const [, day, hour, rest] = databaseTime.exec(text) ?? [];
  if (day !== undefined && hour !== undefined) return `${day}T${hour.padStart(2, "0")}:${rest}Z`;
  return engineTime.exec(text)?.[1];
}

/** When a line was written, in ms since 1970; NaN where it does not say. */
export function writtenAt(text: string): number {
  const fields = fieldsOf(text);
  const time = fields === undefined ? wordedTime(text) : (fields.time ?? fields.ts);
  return typeof time === "number" ? time * 1000 : Date.parse(time ?? "");
}

const troubled = new Set(["warn", "warning", "error", "fatal", "panic"]);
/** Of Docker's engine and of MariaDB, which write words. */
const wordedLevel = /\blevel=(\w+)|\[(Warning|ERROR)\]/;

/** Caddy's error for each event stream whose page was closed. */
const leftByClient = /aborting with incomplete response.*context canceled/;

/** Whether a line is a warning or worse that tells of more than a visitor who left. */
export function isTrouble(text: string): boolean {
  if (leftByClient.test(text)) return false;
  const worded = wordedLevel.exec(text);
  const level = fieldsOf(text)?.level ?? worded?.[1] ?? worded?.[2] ?? "";
  return troubled.has(level.toLowerCase());
}

/** A JSON log line as people read it; anything else as it is. */
export function pretty(text: string): string {
  const fields = fieldsOf(text);
  if (fields === undefined) return text;
  const { level, msg, time, ts, ...rest } = fields;
  const details = Object.entries(rest)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => detail(level, key, value))
    .join(" ");
  const colour = colours[level as keyof typeof colours];
  const message = colour === undefined ? msg : styleText(colour, `${level}: ${msg}`);
  return `${clock(time ?? ts)}${message}${details === "" ? "" : ` ${styleText("dim", details)}`}`;
}
