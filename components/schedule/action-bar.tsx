"use client";

import dynamic from "next/dynamic";
import type { Ref } from "react";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import { micros, microsOf, textOf } from "@/lib/kernel/micros";
import type { OverviewView, SummaryView } from "@/lib/schedule/model";
import { ChoiceBar, DrawingHint } from "./choice-bar";
import { beginsAt } from "./hour-table";
import type { WeekLayout } from "./hours";
import { runStart } from "./selection";
import { StartButton } from "./start-button";
import type { Commands } from "./use-commands";
import type { SelectionState } from "./use-selection";
import { ownRunEnd, type Phase, type Plan, phaseOf, planOf, slotInputOf, type Week } from "./week";
import { creditsText, hoursText, slotName, slotText } from "./words";

const SlotDialog = dynamic(() => import("./slot-dialog").then((module) => module.SlotDialog));

const perCredit = 1_000_000n;
const wholeCredits = (credits: number) => micros(BigInt(credits) * perCredit);

export interface ActionBarProps {
  week: Week;
  layout: WeekLayout;
  /** By the lab's clock. ms */
  now: number;
  terms: OverviewView["terms"];
  summary: SummaryView;
  selection: SelectionState;
  commands: Commands;
  /** The slot under the pointer or the focus. */
  pointed: number | null;
  /** The button that Enter presses in the grid above. */
  mainButton: Ref<HTMLButtonElement>;
}

/** What is selected, what it costs and leaves, and what can be done with it. */
export function ActionBar(props: ActionBarProps) {
  const { week, now, terms, summary, selection, commands } = props;
  const plan = planOf(week, selection.selection, now, { takePrice: Number(terms.takePrice) });
  const cost = plan.bid.cost + plan.take.cost;
  const left = micros(microsOf(summary.available) - wholeCredits(cost));
  return (
    <ChoiceBar
      refusal={commands.refusal?.text ?? null}
      words={<Summary {...props} plan={plan} cost={cost} left={left} />}
    >
      <Balance summary={summary} />
      <Buttons {...props} plan={plan} short={left < 0n ? textOf(micros(-left)) : null} />
    </ChoiceBar>
  );
}

function Summary({
  week,
  layout,
  now,
  terms,
  selection,
  pointed,
  plan,
  cost,
  left,
}: ActionBarProps & { plan: Plan; cost: number; left: ReturnType<typeof micros> }) {
  const count = selection.selection.size;
  const at = count === 1 ? ([...selection.selection][0] ?? null) : count === 0 ? pointed : null;
  if (at !== null) {
    return (
      <>
        <p className="font-medium">{slotName(week, layout, at)}</p>
        <p className="truncate text-muted-foreground text-xs">{slotText(week, at, now, terms)}</p>
      </>
    );
  }
  if (count === 0) {
    return (
      <>
        <p className="font-medium">Nothing selected</p>
        <p className="text-muted-foreground text-xs">
          <DrawingHint
            enter={phaseOf(week.view, now) === "settled" ? "takes" : "bids"}
            coarse="Tap hours; hold, then draw over several."
          />
        </p>
      </>
    );
  }
  return (
    <>
      <p className="font-medium tabular-nums">
        {hoursText(count)} selected
        {plan.rest > 0 ? (
          <span className="font-normal text-muted-foreground">, {plan.rest} with nothing to do</span>
        ) : null}
      </p>
      <p className="text-muted-foreground text-xs tabular-nums" aria-live="polite">
        {cost === 0
          ? nothingText(plan)
          : left < 0n
            ? `${creditsText(cost)}: ${textOf(micros(-left))} more than you have`
            : `${creditsText(cost)}, which leaves ${textOf(left)}`}
      </p>
    </>
  );
}

/** Of a selection that costs nothing: what taking its bids back frees. */
function nothingText({ undo: { back } }: Plan): string {
  return back > 0 ? `Undoing frees ${creditsText(back)}` : "Costs nothing";
}

function Balance({ summary: { available, held, weeklyBudget } }: { summary: SummaryView }) {
  return (
    <dl className="flex gap-5 text-xs tabular-nums" title={`${creditsText(weeklyBudget)} come every week`}>
      <div>
        <dt className="text-muted-foreground">Available</dt>
        <dd className="font-medium font-mono text-sm">{available}</dd>
      </div>
      <div>
        <dt className="text-muted-foreground">Held</dt>
        <dd className="font-mono text-sm">{held}</dd>
      </div>
    </dl>
  );
}

/** What the main button says while there is nothing for it. */
const idleWords: Record<Phase, string> = { bidding: "Bid", settling: "Bid", settled: "Take" };

function Buttons(props: ActionBarProps & { plan: Plan; short: string | null }) {
  const { week, layout, now, selection, commands, mainButton, plan, short } = props;
  const { busy, run } = commands;
  const { bid, undo, release, take } = plan;
  const [only] = selection.selection.size === 1 ? [...selection.selection] : [];
  const [main, verb] = take.slots.length > 0 ? [take.slots, "take" as const] : [bid.slots, "bid" as const];
  return (
    <div className="flex flex-wrap items-center gap-2">
      {only === undefined ? null : (
        <OpensDialog button={<Button>History</Button>}>
          {(state) => (
            <SlotDialog slot={slotInputOf(week, only)} name={slotName(week, layout, only)} {...state} />
          )}
        </OpensDialog>
      )}
      <StartByItself {...props} />
      {release.slots.length > 0 ? <Release {...props} slots={release.slots} /> : null}
      {undo.slots.length > 0 ? (
        <Button busy={busy} onClick={() => run("undo", undo.slots)}>
          Undo {undo.slots.length === 1 ? "1 bid" : `${undo.slots.length} bids`}
        </Button>
      ) : null}
      <Button
        ref={mainButton}
        variant="primary"
        busy={busy}
        disabled={short !== null || main.length === 0}
        onClick={() => run(verb, main)}
      >
        {main.length === 0
          ? idleWords[phaseOf(week.view, now)]
          : `${verb === "bid" ? "Bid on" : "Take"} ${hoursText(main.length)}`}
      </Button>
    </div>
  );
}

/** Of hours to come that are the reader's: a session can start by itself as the first of them begins. */
function StartByItself({ week, layout, now, selection: { selection } }: ActionBarProps) {
  const first = runStart(selection, week.gpus.length);
  const isTheirs = [...selection].every((slot) => week.slots[slot]?.look === "mine");
  if (first === null || !isTheirs || beginsAt(week, first) <= now) return null;
  const end = ownRunEnd(week, first);
  return (
    <StartButton
      slot={slotInputOf(week, first)}
      name={slotName(week, layout, first)}
      until={end === null ? null : new Date(end).toISOString()}
    />
  );
}

function Release({ terms, commands, slots }: ActionBarProps & { slots: readonly number[] }) {
  const hours = hoursText(slots.length);
  return (
    <ConfirmAction
      title={`Give back ${hours}?`}
      description={`You get ${creditsText(refundText(terms.releaseRefund, slots.length))} back, whatever you paid, and anybody may take ${slots.length === 1 ? "the hour" : "them"} at once.`}
      confirm="Give back"
      cancel="Keep"
      act={async () => {
        commands.run("release", slots);
        return { ok: true };
      }}
    >
      <Button variant="danger-outline" busy={commands.busy}>
        Release {hours}
      </Button>
    </ConfirmAction>
  );
}

function refundText(each: string, slots: number): string {
  return textOf(micros(microsOf(each) * BigInt(slots)));
}
