"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState, useTransition } from "react";
import { updateLabSettings } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { LabSettingsView, UpdateLabSettingsInput } from "@/lib/auth/model";
import { type Draft, useDraft } from "./draft";
import { LimitFields } from "./limit-fields";

const nameOf = (limit: string) => `default${limit.charAt(0).toUpperCase()}${limit.slice(1)}`;

/** The form's fields are numbers; amounts of credits go over the wire as text. */
const amounts = ["defaultWeeklyBudget", "releaseRefund"] as const;

type FormSettings = { readonly [Name in Exclude<keyof LabSettingsView, "publicGpuNames">]: number | null };

function formSettings(settings: LabSettingsView): FormSettings {
  const { defaultWeeklyBudget, releaseRefund, publicGpuNames: _, ...numbers } = settings;
  return {
    ...numbers,
    defaultWeeklyBudget: Number(defaultWeeklyBudget),
    releaseRefund: Number(releaseRefund),
  };
}

/** What was changed, as the API takes it. */
function inputOf(changed: Partial<FormSettings>): UpdateLabSettingsInput {
  const texts = amounts.flatMap((name) => {
    const amount = changed[name];
    return amount === undefined || amount === null ? [] : [[name, String(amount)]];
  });
  return { ...changed, ...Object.fromEntries(texts) } as UpdateLabSettingsInput;
}

export interface LabSettingsFormProps {
  initial: { data: LabSettingsView; meta: Record<string, never> };
}

export function LabSettingsForm({ initial }: LabSettingsFormProps) {
  const settings = formSettings(
    useQuery(
      api.admin.settings.get.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
    ).data.data,
  );
  const draft = useDraft(settings);
  const { busy, problem, submit } = useSave(draft);
  return (
    <form onSubmit={submit} className="flex max-w-3xl flex-col gap-4">
      <Panel
        title="Limits of new accounts"
        description="Accounts that exist keep theirs; change those under Users."
      >
        <LimitFields draft={draft} errors={problem?.errors} nameOf={nameOf} />
      </Panel>
      <Panel title="Workspaces" description="Keeps one person's snapshots from filling the pool.">
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField
            name="spaceFactor"
            label="Space with snapshots, times the quota"
            hint="At 3, a 50 GB workspace may hold 150 GB with all its snapshots. Takes effect at the next launch."
            step={0.25}
            min={1}
            draft={draft}
            error={problem?.errors?.spaceFactor}
          />
          <NumberField
            name="stopSnapshotsKept"
            label="Snapshots kept of those taken at stops"
            hint="The oldest beyond go at the next stop. Those that people take themselves are never removed."
            step={1}
            min={1}
            draft={draft}
            error={problem?.errors?.stopSnapshotsKept}
          />
        </div>
      </Panel>
      <Panel title="GPU time" description="Holds where GPUs are auctioned, from the next turn of a week on.">
        <div className="grid gap-4 sm:grid-cols-2">
          {auctionFields.map((field) => (
            <NumberField key={field.name} {...field} draft={draft} error={problem?.errors?.[field.name]} />
          ))}
        </div>
      </Panel>
      <Panel
        title="Reservations"
        description="Holds where GPUs are booked at a rate, for what is booked from now on."
      >
        <div className="grid gap-4 sm:grid-cols-2">
          {reservationFields.map((field) => (
            <NumberField key={field.name} {...field} draft={draft} error={problem?.errors?.[field.name]} />
          ))}
        </div>
      </Panel>
      <ProblemNotice problem={problem} fields={Object.keys(settings)} />
      <Button type="submit" variant="primary" busy={busy} className="self-start">
        {busy ? "Saving" : "Save"}
      </Button>
    </form>
  );
}

const auctionFields = [
  {
    name: "defaultWeeklyBudget",
    label: "Credits a week",
    hint: "For everybody who has no budget of their own; change those under Users.",
    step: 0.01,
    min: 0,
  },
  {
    name: "rolloverPercent",
    label: "Rolls over, in percent",
    hint: "Of the credits that a week leaves over; the rest lapses.",
    step: 1,
    min: 0,
    max: 100,
  },
  {
    name: "releaseRefund",
    label: "Credits back for an hour given back",
    hint: "At most 1, which taking it again costs.",
    step: 0.01,
    min: 0,
    max: 1,
  },
  {
    name: "biddingClosesMinutes",
    label: "Bidding closes before its week, in minutes",
    hint: "0: with the week's first hour. Of weeks that open from now on.",
    step: 1,
    min: 0,
    max: 8640,
  },
] as const;

const reservationFields = [
  {
    name: "reservationAheadDays",
    label: "Days ahead",
    hint: "Hours can be booked to the end of the day that is so many from today.",
    step: 1,
    min: 1,
    max: 90,
  },
  {
    name: "reservationMaxHours",
    label: "Hours at once",
    hint: "Of one reservation, with what it is extended by.",
    step: 1,
    min: 1,
    max: 168,
  },
  {
    name: "reservationMaxOpen",
    label: "Reservations of one person",
    hint: "Booked or running, not counting those that are over.",
    step: 1,
    min: 1,
    max: 100,
  },
] as const;

interface NumberFieldProps {
  name: keyof FormSettings;
  label: string;
  hint: string;
  step: number;
  min: number;
  max?: number;
  draft: Draft;
  error: string | undefined;
}

function NumberField({ name, label, hint, step, min, max, draft, error }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <Input
          {...control}
          name={name}
          type="number"
          required
          min={min}
          max={max}
          step={step}
          value={draft.text(name)}
          onChange={(event) => draft.type(name, event.target.value)}
          className="font-mono"
        />
      )}
    </Field>
  );
}

function useSave(draft: ReturnType<typeof useDraft<FormSettings>>) {
  const queryClient = useQueryClient();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const save = async () => {
    const changed = draft.changed();
    // What nobody touched here may have been changed by another admin since: it is not sent along.
    if (Object.keys(changed).length > 0) {
      const result = await called(() => updateLabSettings(inputOf(changed)));
      setProblem(result.ok ? null : result.problem);
      if (!result.ok) return;
      await queryClient.invalidateQueries({ queryKey: api.admin.settings.key() });
    }
    draft.saved();
    toast.success("Lab settings saved");
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) start(save);
  };
  return { busy, problem, submit };
}
