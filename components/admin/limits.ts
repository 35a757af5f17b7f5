import { hoursText, limitText } from "@/components/sessions/duration";
import type { UserUse, UserView } from "@/lib/auth/model";
import { size } from "@/lib/kernel/size";

interface LimitField {
  readonly label: string;
  readonly hint: string;
  readonly step: number;
  /** It can't be without one. */
  readonly required: boolean;
}

/** The limits as a form asks for them. */
export const limitFields = {
  maxSessions: { label: "Sessions at once", hint: "0 lets them launch nothing.", step: 1, required: true },
  maxGpuHoursPerWeek: {
    label: "GPU-hours a week",
    hint: "Saturday to Friday; by quarters of an hour.",
    step: 0.25,
    required: false,
  },
  maxDiskGb: { label: "Disk in GB", hint: "Quotas of all their workspaces.", step: 1, required: false },
  maxDurationMinutes: {
    label: "Longest session in minutes",
    hint: "480 is 8 hours.",
    step: 1,
    required: false,
  },
} as const satisfies Record<string, LimitField>;

export type LimitName = keyof typeof limitFields;
export const limitFieldNames = Object.keys(limitFields) as LimitName[];

/** What is used of a limit: `3 h 20 min used`, `48.2 GB used`; null for one that nothing uses up. */
export function usedWords(name: LimitName, use: UserUse): string | null {
  if (name === "maxGpuHoursPerWeek") return `${hoursText(use.gpuHoursThisWeek)} used`;
  if (name === "maxDiskGb") return `${size(use.diskBytes)} used`;
  return null;
}

/** A limit for a table's cell: `no limit`, `40 h`, `200 GB`, `8 h`. */
export function limitWords(name: LimitName, user: UserView): string {
  const value = user[name];
  if (value === null) return "no limit";
  switch (name) {
    case "maxSessions":
      return String(value);
    case "maxGpuHoursPerWeek":
      return `${value} h`;
    case "maxDiskGb":
      return `${value} GB`;
    case "maxDurationMinutes":
      return limitText(value);
  }
}
