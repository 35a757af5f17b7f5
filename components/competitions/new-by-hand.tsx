"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { createCompetition } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { EmptyState } from "@/components/ui/empty-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useLabZone } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import type { CreateCompetitionInput, DatasetListItem } from "@/lib/competitions/model";
import { apiNames, type Form, halfTyped, SettingsForm, without } from "./competition-settings";
import { changedSettings, type SettingsFields, type SettingsName } from "./settings-draft";

const empty: SettingsFields = {
  ...{ title: "", summary: "", visibility: "public", dailyLimit: "", totalLimit: "" },
  ...{ maxUploadMb: "100", showsPublicTruth: "no", opensAt: "", closesAt: "", description: "", rules: "" },
};

/** A competition on data that are there; what scores it is uploaded on its page. */
export function NewByHand({ datasets }: { datasets: readonly DatasetListItem[] }) {
  const [slug, setSlug] = useState("");
  const [datasetVersionId, setVersion] = useState(datasets[0]?.id ?? "");
  const { mend, ...form } = useNew({ slug, datasetVersionId });
  if (datasets.length === 0) {
    return (
      <Panel inset="flush">
        <EmptyState title="No data on this side of the lab">
          A competition made by hand rests on data that are there. The first ones come with a folder.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <SettingsForm
      form={form}
      act="Create it"
      doing="Creating"
      onceFields={["slug", "datasetVersionId"]}
      once={
        <Panel title="For good" description="Neither can be changed later">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Name in addresses"
              hint="Lower-case letters, digits, and hyphens between words."
              error={form.problem?.errors?.slug}
            >
              {(control) => (
                <Input
                  {...control}
                  value={slug}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(event) => {
                    setSlug(event.target.value);
                    mend("slug");
                  }}
                  className="font-mono"
                />
              )}
            </Field>
            <Field label="Data" error={form.problem?.errors?.datasetVersionId}>
              {(control) => (
                <Select {...control} value={datasetVersionId} onValueChange={setVersion}>
                  {datasets.map(({ id, title, number }) => (
                    <option key={id} value={id}>
                      {title}, version {number}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
        </Panel>
      }
    />
  );
}

/** `mend` takes back what is wrong with a field of `once`. */
function useNew(
  once: Pick<CreateCompetitionInput, "slug" | "datasetVersionId">,
): Form & { mend: (name: keyof typeof once) => void } {
  const zone = useLabZone();
  const router = useRouter();
  const [fields, setFields] = useState(empty);
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const [busy, start] = useTransition();
  const create = async () => {
    // All of them: what is empty is told as such.
    const typed = changedSettings(fields, unlike, zone);
    const result = await called(() => createCompetition({ ...once, ...typed } as CreateCompetitionInput));
    setProblem(result.ok ? null : result.problem);
    if (result.ok) router.push(`/admin/competitions/${result.data.slug}`);
  };
  return {
    zone,
    busy,
    problem,
    mend: (name) => setProblem((before) => without(before, name)),
    text: (name: SettingsName) => fields[name],
    type: (name: SettingsName, text: string) => {
      setFields((before) => ({ ...before, [name]: text }));
      setProblem((before) => without(before, apiNames[name] ?? name));
    },
    error: (name: SettingsName) => problem?.errors?.[apiNames[name] ?? name],
    submit: (event: FormEvent<HTMLFormElement>) => {
      event.preventDefault();
      const half = halfTyped(event.currentTarget);
      if (half) setProblem(half);
      else if (!busy) start(create);
    },
  };
}

/** No field has this. */
const unlike = Object.fromEntries(Object.keys(empty).map((name) => [name, "\0"])) as SettingsFields;
