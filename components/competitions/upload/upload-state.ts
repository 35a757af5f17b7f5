import type { ShownProblem } from "@/components/forms/problem-notice";

/** Where an upload is. `of` says which one of the page's it is. */
export type UploadState =
  | { readonly at: "none" }
  | UnderWay
  | { readonly at: "refused"; readonly of: number; readonly file: File; readonly problem: ShownProblem }
  | {
      readonly at: "accepted";
      readonly of: number;
      readonly file: File;
      readonly id: string | null;
    };

/** `ending` while the lab is told that it is given up. */
export interface UnderWay {
  readonly at: "moving" | "paused" | "waiting" | "ending";
  readonly of: number;
  readonly file: File;
  readonly sentBytes: number;
  /** Why it waits, in the lab's words; null where the lab can't be reached. */
  readonly why: string | null;
}

export type UploadStep = { readonly of: number } & (
  | { readonly step: "begin"; readonly file: File }
  | { readonly step: "sent"; readonly bytes: number }
  | { readonly step: "pause" | "resume" | "end" }
  | { readonly step: "forget" }
  | { readonly step: "wait"; readonly why: string | null }
  | { readonly step: "refuse"; readonly problem: ShownProblem }
  | { readonly step: "accept"; readonly id: string | null }
);

export function isUnderWay(state: UploadState): state is UnderWay {
  return "sentBytes" in state;
}

/** How much of it is sent, of 100. */
export function percentSent({ file, sentBytes }: UnderWay): number {
  return file.size === 0 ? 100 : Math.floor((sentBytes / file.size) * 100);
}

/** What comes after a step. Steps of another upload than the one in hand, or of one that has ended, are late: nothing changes. */
export function uploadAfter(state: UploadState, step: UploadStep): UploadState {
  if (step.step === "begin") {
    const { of, file } = step;
    return { at: "moving", of, file, sentBytes: 0, why: null };
  }
  if (state.at === "none" || state.of !== step.of) return state;
  if (step.step === "forget") return { at: "none" };
  return isUnderWay(state) ? onItsWay(state, step) : state;
}

function onItsWay(state: UnderWay, step: Exclude<UploadStep, { step: "begin" | "forget" }>): UploadState {
  const { at, of, file } = state;
  const isHeld = at === "paused" || at === "ending";
  switch (step.step) {
    case "sent":
      return { ...state, ...(isHeld ? {} : { at: "moving", why: null }), sentBytes: step.bytes };
    case "pause":
      return { ...state, at: "paused", why: null };
    case "resume":
      return { ...state, at: "moving", why: null };
    case "wait":
      return isHeld ? state : { ...state, at: "waiting", why: step.why };
    case "end":
      return { ...state, at: "ending", why: null };
    case "refuse":
      return { at: "refused", of, file, problem: step.problem };
    case "accept":
      return { at: "accepted", of, file, id: step.id };
  }
}
