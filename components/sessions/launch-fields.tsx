"use client";

import { modelChoices, shortModel } from "@/components/fleet/gpu";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import {
  Select,
  SelectContent,
  SelectGroup,
  SelectItem,
  SelectLabel,
  SelectTrigger,
} from "@/components/ui/select";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { limitText } from "./duration";
import { type GpuChoice, isUsable, type LaunchChoice, ttlOptions } from "./launch-choice";

/** Radix's select has no empty value; these stand for "a new one" and "no limit". */
const newWorkspace = "new";
const noLimit = "none";

interface FieldProps {
  readonly choice: LaunchChoice;
  readonly onChange: (change: Partial<LaunchChoice>) => void;
  readonly errors: Readonly<Record<string, string>>;
}

export function WorkspaceField({
  choice,
  onChange,
  errors,
  workspaces,
}: FieldProps & { workspaces: readonly WorkspaceView[] }) {
  const chosen = workspaces.find((workspace) => workspace.id === choice.workspaceId);
  const inUse =
    chosen && !isUsable(chosen) ? `${chosen.name} is in use just now; choose another.` : undefined;
  return (
    <>
      <Field label="Workspace" error={errors.workspaceId ?? inUse}>
        {(control) => (
          <Select
            value={choice.workspaceId ?? newWorkspace}
            onValueChange={(value) => onChange({ workspaceId: value === newWorkspace ? null : value })}
          >
            <SelectTrigger {...control}>{chosen?.name ?? "New workspace"}</SelectTrigger>
            <SelectContent>
              {workspaces.map((workspace) => (
                <SelectItem
                  key={workspace.id}
                  value={workspace.id}
                  disabled={!isUsable(workspace)}
                  detail={isUsable(workspace) ? undefined : "in use"}
                >
                  {workspace.name}
                </SelectItem>
              ))}
              <SelectItem value={newWorkspace}>New workspace</SelectItem>
            </SelectContent>
          </Select>
        )}
      </Field>
      {choice.workspaceId === null ? (
        <Field label="Its name" error={errors.workspaceName}>
          {(control) => (
            <Input
              {...control}
              value={choice.newName}
              maxLength={40}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange({ newName: event.target.value })}
            />
          )}
        </Field>
      ) : null}
    </>
  );
}

export function GpuField({ choice, onChange, errors, gpus }: FieldProps & { gpus: readonly GpuView[] }) {
  const models = modelChoices(gpus);
  const free = gpus.filter((gpu) => gpu.free || choice.gpu === `gpu:${gpu.id}`);
  const label = (gpu: GpuView) => `GPU ${gpu.index} on ${gpu.node}`;
  const picked = gpus.find((gpu) => choice.gpu === `gpu:${gpu.id}`);
  const model = models.find((candidate) => choice.gpu === `model:${candidate.model}`);
  return (
    <Field label="GPU" error={errors.gpuId ?? errors.gpuModel}>
      {(control) => (
        <Select value={choice.gpu} onValueChange={(value) => onChange({ gpu: value as GpuChoice })}>
          <SelectTrigger {...control}>
            {picked ? label(picked) : model ? `Any ${model.label}` : "Any GPU"}
          </SelectTrigger>
          <SelectContent>
            <SelectItem value="any">Any GPU</SelectItem>
            {models.map((candidate) => (
              <SelectItem
                key={candidate.model}
                value={`model:${candidate.model}`}
                detail={`${candidate.free} of ${candidate.total} free`}
              >
                Any {candidate.label}
              </SelectItem>
            ))}
            {free.length > 0 ? (
              <SelectGroup>
                <SelectLabel>One in particular</SelectLabel>
                {free.map((gpu) => (
                  <SelectItem key={gpu.id} value={`gpu:${gpu.id}`} detail={shortModel(gpu.model)}>
                    {label(gpu)}
                  </SelectItem>
                ))}
              </SelectGroup>
            ) : null}
          </SelectContent>
        </Select>
      )}
    </Field>
  );
}

export function LimitField({ choice, onChange, errors }: FieldProps) {
  return (
    <Field
      label="Time limit"
      error={errors.ttlMinutes}
      hint={
        choice.ttlMinutes === null
          ? "Runs until you stop it."
          : "At the limit it is snapshotted and stopped; the workspace stays."
      }
    >
      {(control) => (
        <Select
          value={choice.ttlMinutes === null ? noLimit : String(choice.ttlMinutes)}
          onValueChange={(value) => onChange({ ttlMinutes: value === noLimit ? null : Number(value) })}
        >
          <SelectTrigger {...control}>
            {choice.ttlMinutes === null ? "No limit" : limitText(choice.ttlMinutes)}
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={noLimit}>No limit</SelectItem>
            {ttlOptions(choice.ttlMinutes).map((minutes) => (
              <SelectItem key={minutes} value={String(minutes)}>
                {limitText(minutes)}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  );
}

/** Only asked when there is something to choose. */
export function PackField({ choice, onChange, errors, packs }: FieldProps & { packs: readonly PackView[] }) {
  const [first] = packs;
  if (!first || packs.length === 1) return null;
  const chosen = packs.find((pack) => pack.id === choice.packId) ?? first;
  return (
    <Field label="Environment" error={errors.packId} hint={chosen.description}>
      {(control) => (
        <Select value={chosen.id} onValueChange={(value) => onChange({ packId: value })}>
          <SelectTrigger {...control}>{chosen.name}</SelectTrigger>
          <SelectContent>
            {packs.map((pack) => (
              <SelectItem key={pack.id} value={pack.id} detail={`${pack.cpus} CPU`}>
                {pack.name}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  );
}
