import type { ExtendInput, ExtensionBound, ExtensionView } from "@/lib/sessions/model";

export interface ExtensionChoice {
  readonly ttlMinutes: ExtendInput["ttlMinutes"];
  readonly label: string;
  readonly possible: boolean;
}

const offered = [
  { minutes: 240, label: "+4 h" },
  { minutes: 60, label: "+1 h" },
  { minutes: 30, label: "+30 min" },
] as const;

/** What can be asked for, the everyday one first; the last takes all that is possible, which may be a month. */
export function extensionChoices({
  ttlMinutes,
  minutes: most,
}: Pick<ExtensionView, "ttlMinutes" | "minutes">): ExtensionChoice[] {
  return [
    ...offered.map(({ minutes, label }) => ({
      // From what is shown: a press that is sent twice, or beside somebody else's, extends once.
      ttlMinutes: (ttlMinutes ?? 0) + minutes,
      label,
      possible: minutes <= most,
    })),
    { ttlMinutes: "max", label: "Until the limit", possible: most > 0 },
  ];
}

export const boundWords: Record<ExtensionBound, string> = {
  duration: "sessions of this account may not run longer.",
  gpu_hours: "by then the week's GPU-hours are used up.",
  held_hours: "by then the hours end that it may have on this GPU.",
  longest: "no session may run longer than 30 days.",
  no_time_limit: "it has no time limit and runs until someone stops it.",
  not_granted: "this account may no longer use the internal side.",
  ended: "it is stopping or has ended.",
};
