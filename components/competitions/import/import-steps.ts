import type { StateTone } from "@/components/ui/state-badge";
import type { ImportStep, ImportView } from "@/lib/competitions/import-model";

export interface ShownStep {
  readonly name: string;
  readonly tone: StateTone;
  /** What is so, in a word or a sentence. */
  readonly words: string;
}

const order: readonly ImportStep[] = ["unpack", "read", "store"];
const names: Record<ImportStep, string> = {
  unpack: "Unpack",
  read: "Read and judge every file",
  store: "Bring it in",
};

/** Where an import is: its own three steps, and the worker's check of the evaluation. */
export function stepsOf(view: ImportView): ShownStep[] {
  if (view.state === "REFUSED") return [{ name: names.read, tone: "bad", words: "refused" }];
  return [...order.map((step) => ownStep(view, step)), checkStep(view)];
}

function ownStep(view: ImportView, step: ImportStep): ShownStep {
  const name = names[step];
  const { state, progress } = view;
  if (state === "IMPORTED") return { name, tone: "ok", words: "done" };
  if (state === "WAITING")
    return { name, tone: "idle", words: step === "unpack" ? "waits for its turn" : "" };
  const at = order.indexOf(progress?.step ?? "unpack");
  if (order.indexOf(step) < at) return { name, tone: "ok", words: "done" };
  if (order.indexOf(step) > at) return { name, tone: "idle", words: "" };
  return { name, tone: "working", words: step === "unpack" ? percentOf(view) : "at it" };
}

function percentOf({ progress }: ImportView): string {
  if (!progress || progress.total === 0) return "at it";
  return `${Math.floor((progress.done / progress.total) * 100)} %`;
}

function checkStep({ evaluation }: ImportView): ShownStep {
  const name = "Check truth, metrics and the sample's score";
  if (evaluation === null) return { name, tone: "idle", words: "" };
  switch (evaluation.state) {
    case "CHECKING":
      return { name, tone: "working", words: "being checked" };
    case "REFUSED":
      return { name, tone: "bad", words: "refused" };
    case "READY":
      return { name, tone: "ok", words: "ready" };
  }
}

/** Whether nothing will change by itself any more. */
export function isSettled({ state, evaluation }: ImportView): boolean {
  return state === "REFUSED" || (state === "IMPORTED" && evaluation?.state !== "CHECKING");
}
