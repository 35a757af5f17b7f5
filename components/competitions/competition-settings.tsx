"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState, useTransition } from "react";
import { updateCompetition } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useLabZone } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { CompetitionView } from "@/lib/competitions/model";
import { MarkdownField } from "./markdown-field";
import { changedSettings, fieldsOf, type SettingsFields, type SettingsName } from "./settings-draft";

/** What of a competition may change at any time; what scores may not. */
export function CompetitionSettings({ competition }: { competition: CompetitionView }) {
  return <SettingsForm form={useSettings(competition)} act="Save" doing="Saving" />;
}

export interface SettingsFormProps {
  form: Form;
  /** On its button: "Save". */
  act: string;
  /** The same while it is done. */
  doing: string;
  /** What is chosen once, above what may change. */
  once?: ReactNode;
  /** The fields of `once`, whose messages stand there. */
  onceFields?: readonly string[];
}

/** The fields of a competition's settings, for one that is there and for one that is to be made. */
export function SettingsForm({ form, act, doing, once, onceFields = [] }: SettingsFormProps) {
  return (
    <form onSubmit={form.submit} noValidate className="flex flex-col gap-4">
      {once}
      <Panel
        title="Settings"
        description={`Limits and dates hold from the next submission on; dates by the lab's clocks (${form.zone})`}
      >
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <TextField form={form} name="title" label="Title" className="lg:col-span-1" />
          <TextField form={form} name="summary" label="In a sentence" className="lg:col-span-2" />
          <Field label="Who may see it" error={form.error("visibility")}>
            {(control) => (
              <Select
                {...control}
                value={form.text("visibility")}
                onValueChange={(value) => form.type("visibility", value)}
              >
                <option value="public">Everybody with an account</option>
                <option value="invite">Who is invited</option>
              </Select>
            )}
          </Field>
          <TextField
            form={form}
            name="opensAt"
            label="Opens"
            type="datetime-local"
            hint="Empty: it is open."
          />
          <TextField
            form={form}
            name="closesAt"
            label="Closes"
            type="datetime-local"
            hint="Empty: no deadline."
          />
          <TextField
            form={form}
            name="dailyLimit"
            label="Submissions a day"
            type="number"
            hint="Empty: no limit."
          />
          <TextField
            form={form}
            name="totalLimit"
            label="Submissions in all"
            type="number"
            hint="Empty: no limit."
          />
          <TextField form={form} name="maxUploadMb" label="Largest file in MB" type="number" />
          <Field
            label="Truth of the public cases"
            hint="Of masks: beside one's own in the browser. In tables whoever submits learns the public labels from what each case scored; only the private split is blind."
            error={form.error("showsPublicTruth")}
          >
            {(control) => (
              <Select
                {...control}
                value={form.text("showsPublicTruth")}
                onValueChange={(value) => form.type("showsPublicTruth", value)}
              >
                <option value="no">Is not shown</option>
                <option value="yes">Is shown to who has a score</option>
              </Select>
            )}
          </Field>
        </div>
      </Panel>
      <Panel title="Texts" description="Markdown; HTML is left out">
        <div className="grid gap-4 lg:grid-cols-2">
          <TextsField form={form} name="description" label="Description" />
          <TextsField form={form} name="rules" label="Rules" />
        </div>
      </Panel>
      <ProblemNotice problem={form.problem} fields={[...shownFields, ...onceFields]} />
      <Button type="submit" variant="primary" busy={form.busy} className="self-start">
        {form.busy ? doing : act}
      </Button>
    </form>
  );
}

/** Where the API's messages stand; it counts files in bytes. */
export const apiNames: Partial<Record<SettingsName, string>> = { maxUploadMb: "maxUploadBytes" };
const shownFields = [
  ...["title", "summary", "visibility", "opensAt", "closesAt", "dailyLimit", "totalLimit", "maxUploadBytes"],
  ...["showsPublicTruth", "description", "rules"],
];

/** What the fields show and tell. */
export interface Form {
  /** In which dates are told. */
  readonly zone: string;
  readonly busy: boolean;
  readonly problem: ShownProblem | null;
  readonly text: (name: SettingsName) => string;
  readonly type: (name: SettingsName, text: string) => void;
  readonly error: (name: SettingsName) => string | undefined;
  readonly submit: (event: FormEvent<HTMLFormElement>) => void;
}

function TextField({
  form,
  name,
  label,
  hint,
  type = "text",
  className,
}: {
  form: Form;
  name: SettingsName;
  label: string;
  hint?: string;
  type?: "text" | "number" | "datetime-local";
  className?: string;
}) {
  return (
    <Field label={label} hint={hint} error={form.error(name)} className={className}>
      {(control) => (
        <Input
          {...control}
          name={name}
          type={type}
          min={type === "number" ? 1 : undefined}
          autoComplete="off"
          value={form.text(name)}
          onChange={(event) => form.type(name, event.target.value)}
          className={type === "text" ? undefined : "font-mono"}
        />
      )}
    </Field>
  );
}

function TextsField({ form, name, label }: { form: Form; name: SettingsName; label: string }) {
  return (
    <MarkdownField
      label={label}
      error={form.error(name)}
      value={form.text(name)}
      onValueChange={(text) => form.type(name, text)}
    />
  );
}

/**
 * Fields whose text is no number or date, such as a date without its day: the browser gives their value as empty, which
 * would take the limit or date away.
 */
export function halfTyped(form: HTMLFormElement): ShownProblem | null {
  const half = [...form.querySelectorAll("input")].filter(({ validity }) => validity.badInput);
  if (half.length === 0) return null;
  const told = ({ name, type }: HTMLInputElement) => [
    apiNames[name as SettingsName] ?? name,
    type === "number" ? "This is no number." : "This is no whole date: give day and time, or clear it.",
  ];
  return { status: 400, detail: "", instance: "", errors: Object.fromEntries(half.map(told)) };
}

/** What is wrong, but for a field that is being changed. */
export function without(problem: ShownProblem | null, name: string): ShownProblem | null {
  if (problem?.errors?.[name] === undefined) return problem;
  const { [name]: _, ...errors } = problem.errors;
  return Object.keys(errors).length === 0 ? null : { ...problem, errors };
}

/** Fields over settings that may change meanwhile: a change comes into those that nobody has typed into. */
function useSettings(competition: CompetitionView): Form {
  const zone = useLabZone();
  const queryClient = useQueryClient();
  const there = fieldsOf(competition, zone);
  const [typed, setTyped] = useState<Partial<SettingsFields>>({});
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const [busy, start] = useTransition();
  const save = async () => {
    const changed = changedSettings(typed, there, zone);
    const differs = Object.keys(changed).length > 0;
    if (differs) {
      const result = await called(() => updateCompetition({ slug: competition.slug, ...changed }));
      setProblem(result.ok ? null : result.problem);
      if (!result.ok) return;
      await queryClient.invalidateQueries({ queryKey: api.competitions.key() });
    }
    // What was typed on while it was saved stays.
    setTyped((now) =>
      Object.fromEntries(Object.entries(now).filter(([name, text]) => text !== typed[name as SettingsName])),
    );
    toast.success(differs ? "Settings saved" : "Nothing was changed");
  };
  return {
    zone,
    busy,
    problem,
    text: (name: SettingsName) => typed[name] ?? there[name],
    type: (name: SettingsName, text: string) => {
      setTyped((before) => ({ ...before, [name]: text }));
      setProblem((before) => without(before, apiNames[name] ?? name));
    },
    error: (name: SettingsName) => problem?.errors?.[apiNames[name] ?? name],
    submit: (event: FormEvent<HTMLFormElement>) => {
      event.preventDefault();
      const half = halfTyped(event.currentTarget);
      if (half) setProblem(half);
      else if (!busy) start(save);
    },
  };
}
