import type { ReactNode } from "react";
import { Kbd } from "@/components/ui/kbd";
import { StateMark } from "@/components/ui/state-badge";

export interface ChoiceBarProps {
  /** Why the last command was refused: stands in place of `words`. */
  refusal: string | null;
  /** What is chosen, what it costs and leaves. */
  words: ReactNode;
  /** What there is to spend, and what can be done. */
  children: ReactNode;
}

/** Below the calendar and always in sight; as high empty as full. */
export function ChoiceBar({ refusal, words, children }: ChoiceBarProps) {
  return (
    <section
      aria-label="Selection"
      data-slot="choice-bar"
      className="sticky bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-20 flex flex-wrap items-center gap-x-6 gap-y-2 rounded-b-lg border-border-strong border-t bg-surface px-4 py-2.5 md:bottom-0 md:min-h-15"
    >
      <div className="min-w-0 flex-1 text-sm max-sm:basis-full">
        {refusal === null ? (
          words
        ) : (
          <p role="alert" className="flex items-baseline gap-2 text-bad">
            <StateMark tone="bad" />
            {refusal}
          </p>
        )}
      </div>
      {children}
    </section>
  );
}

export interface DrawingHintProps {
  /** What Enter does with what is chosen. */
  enter: string;
  /** How it is done by finger. */
  coarse: string;
}

/** How hours are chosen, by what there is to choose with. */
export function DrawingHint({ enter, coarse }: DrawingHintProps) {
  return (
    <>
      <span className="pointer-coarse:hidden">
        Drag over hours, or go with the arrow keys: <Kbd>Space</Kbd> selects, <Kbd>Shift</Kbd> with an arrow
        reaches on, <Kbd>Enter</Kbd> {enter}.
      </span>
      <span className="hidden pointer-coarse:inline">{coarse}</span>
    </>
  );
}
