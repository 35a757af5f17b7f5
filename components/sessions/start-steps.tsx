"use client";

import { Check, X } from "lucide-react";
import { cn } from "@/components/ui/cn";
import { useNow } from "@/components/ui/lab-clock";
import { StateMark } from "@/components/ui/state-badge";
import type { SessionEventView, SessionView } from "@/lib/sessions/model";
import { stepDuration } from "./duration";
import { type Step, type StepState, stepsOf } from "./steps";

const words: Record<StepState, string> = {
  done: "done",
  current: "under way",
  todo: "to come",
  failed: "failed here",
};

function Mark({ state }: { state: StepState }) {
  if (state === "done") return <Check aria-hidden className="size-3.5 text-ok" />;
  if (state === "failed") return <X aria-hidden className="size-3.5 text-bad" />;
  if (state === "current") return <StateMark tone="working" className="size-2.5" />;
  return <span aria-hidden="true" className="size-1.5 rounded-full bg-border-strong" />;
}

function StepLine({ step }: { step: Step }) {
  return (
    <li
      className="flex items-center gap-3 py-1 text-sm"
      aria-current={step.state === "current" ? "step" : undefined}
    >
      <span className="flex w-4 justify-center">
        <Mark state={step.state} />
      </span>
      <span className={cn("flex-1", step.state === "todo" && "text-muted-foreground")}>
        {step.label}
        <span className="sr-only">, {words[step.state]}</span>
      </span>
      <span className="font-mono text-muted-foreground text-xs tabular-nums">
        {step.elapsedMs === null ? "" : stepDuration(step.elapsedMs)}
      </span>
    </li>
  );
}

/** The way from Launch to an SSH prompt, step by step with what each took; stays as a record once it runs. */
export function StartSteps({
  session,
  events,
}: {
  session: SessionView;
  events: readonly SessionEventView[];
}) {
  const steps = stepsOf(session, events, new Date(useNow()));
  const allDone = steps.every((step) => step.state === "done");
  const total = steps.reduce((sum, step) => sum + (step.elapsedMs ?? 0), 0);
  return (
    <>
      <ol>
        {steps.map((step) => (
          <StepLine key={step.kind} step={step} />
        ))}
      </ol>
      <p className="mt-2 flex h-6 items-end justify-between border-border border-t text-muted-foreground text-xs">
        {allDone ? "From Launch to SSH" : "So far"}
        <span className="font-mono text-foreground tabular-nums">{stepDuration(total)}</span>
      </p>
    </>
  );
}
