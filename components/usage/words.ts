import type { StateTone } from "@/components/ui/state-badge";
import type { LiveGpu, UsageView } from "@/lib/usage/model";
import { outsideName } from "@/lib/usage/rules";
import type { Look, UsedSlot } from "./usage";

/** What the marks of a week mean. */
export const lookWords: Record<Look, string> = {
  as_held: "held and used",
  held_idle: "held and idle",
  by_another: "used by another",
  not_held: "used, not held",
  free: "free",
  not_seen: "not looked at",
  not_over: "being counted",
  running: "this hour",
  to_come: "to come",
};

/** Somebody by name, or what nobody has a name for. */
export function personText(person: string): string {
  return person === outsideName ? "a program of no session" : person;
}

/** "GPU 3", with its server where there are several. */
export function gpuText(gpus: UsageView["gpus"], place: number): string {
  const several = new Set(gpus.map(({ node }) => node)).size > 1;
  const gpu = gpus[place];
  return several ? `GPU ${gpu?.index} on ${gpu?.node}` : `GPU ${gpu?.index}`;
}

/** "held by ana; ben on it in 52 of 60 minutes". */
export function slotText(slot: UsedSlot | null, look: Look): string {
  const held = slot?.assigned ? `held by ${slot.assigned}` : "held by nobody";
  if (look === "to_come") return `${held}; to come`;
  if (!slot || slot.samples === 0) return `${held}; nobody looked`;
  const looked = `${slot.samples} ${slot.samples === 1 ? "minute" : "minutes"}`;
  if (look === "running" || look === "not_over")
    return `${held}; so far in use in ${slot.busySamples} of ${looked}`;
  if (slot.actual === null) return `${held}; nobody on it in ${looked}`;
  return `${held}; ${personText(slot.actual)} on it in ${slot.actualSamples} of ${looked}`;
}

/** "Held and used 12 hours, held and idle 3 hours": what a GPU's picture shows. */
export function summaryText(looks: readonly Look[]): string {
  const shown = ["as_held", "held_idle", "by_another", "not_held", "free"] as const;
  const parts = shown.flatMap((look) => {
    const count = looks.filter((one) => one === look).length;
    return count === 0 ? [] : [`${lookWords[look]} ${count} ${count === 1 ? "hour" : "hours"}`];
  });
  return parts.length === 0 ? "nothing counted yet" : parts.join(", ");
}

/** What is on a GPU just now, and whether that is as it should be; null where nobody has looked. */
export function liveText({ state, users, assigned }: LiveGpu): { text: string; tone: StateTone } | null {
  if (state === "unknown" || users === null) return null;
  if (users.length === 0) return { text: "no program on it", tone: "idle" };
  const strangers = users.filter((user) => user !== assigned);
  const text = `${users.map(personText).join(", ")} on it`;
  return { text, tone: strangers.length > 0 ? "warn" : "ok" };
}
