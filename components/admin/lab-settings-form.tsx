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
import type { LabSettingsView } from "@/lib/auth/model";
import { LimitFields } from "./limit-fields";
import { numberOrNull } from "./limits";

const nameOf = (limit: string) => `default${limit.charAt(0).toUpperCase()}${limit.slice(1)}`;

export interface LabSettingsFormProps {
  initial: { data: LabSettingsView; meta: Record<string, never> };
}

export function LabSettingsForm({ initial }: LabSettingsFormProps) {
  const settings = useQuery(
    api.admin.settings.get.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  // Another admin's change comes into fields that nobody has touched.
  return <SettingsForm key={JSON.stringify(settings)} settings={settings} />;
}

function SettingsForm({ settings }: { settings: LabSettingsView }) {
  const { busy, problem, submit } = useSave();
  return (
    <form onSubmit={submit} className="flex max-w-3xl flex-col gap-4">
      <Panel
        title="Limits of new accounts"
        description="Accounts that exist keep theirs; change those under Users."
      >
        <LimitFields values={{ ...settings }} errors={problem?.errors} nameOf={nameOf} />
      </Panel>
      <Panel title="Workspaces" description="Keeps one person's snapshots from filling the pool.">
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField
            name="spaceFactor"
            label="Space with snapshots, times the quota"
            hint="At 3, a 50 GB workspace may hold 150 GB with all its snapshots. Takes effect at the next launch."
            step={0.25}
            min={1}
            value={settings.spaceFactor}
            error={problem?.errors?.spaceFactor}
          />
          <NumberField
            name="stopSnapshotsKept"
            label="Snapshots kept of those taken at stops"
            hint="The oldest beyond go at the next stop. Those that people take themselves are never removed."
            step={1}
            min={1}
            value={settings.stopSnapshotsKept}
            error={problem?.errors?.stopSnapshotsKept}
          />
        </div>
      </Panel>
      <ProblemNotice problem={problem} fields={Object.keys(settings)} />
      <Button type="submit" variant="primary" busy={busy} className="self-start">
        {busy ? "Saving" : "Save"}
      </Button>
    </form>
  );
}

interface NumberFieldProps {
  name: keyof LabSettingsView;
  label: string;
  hint: string;
  step: number;
  min: number;
  value: number;
  error: string | undefined;
}

function NumberField({ name, label, hint, step, min, value, error }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <Input
          {...control}
          name={name}
          type="number"
          required
          min={min}
          step={step}
          defaultValue={value}
          className="font-mono"
        />
      )}
    </Field>
  );
}

function useSave() {
  const queryClient = useQueryClient();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const save = async (form: FormData) => {
    const result = await called(() =>
      updateLabSettings({
        defaultMaxSessions: Number(form.get("defaultMaxSessions")),
        defaultMaxGpuHoursPerWeek: numberOrNull(form, "defaultMaxGpuHoursPerWeek"),
        defaultMaxDiskGb: numberOrNull(form, "defaultMaxDiskGb"),
        defaultMaxDurationMinutes: numberOrNull(form, "defaultMaxDurationMinutes"),
        spaceFactor: Number(form.get("spaceFactor")),
        stopSnapshotsKept: Number(form.get("stopSnapshotsKept")),
      }),
    );
    setProblem(result.ok ? null : result.problem);
    if (!result.ok) return;
    await queryClient.invalidateQueries({ queryKey: api.admin.settings.key() });
    toast.success("Lab settings saved");
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (!busy) start(() => save(form));
  };
  return { busy, problem, submit };
}
