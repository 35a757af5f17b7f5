"use client";

import { modelChoices } from "@/components/fleet/gpu";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Select } from "@/components/ui/select";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { GpuHoursView } from "@/lib/schedule/hours-model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { limitText } from "./duration";
import {
  allowedTtl,
  type GpuChoice,
  isNameTaken,
  isUsable,
  type LaunchChoice,
  ttlOptions,
} from "./launch-choice";
import { type EndsWithHours, limitHint, namedGpu } from "./launch-hours";

/** A select's values are texts; these stand for "a new one" and "no limit". */
const newWorkspace = "new";
const noLimit = "none";

interface FieldProps {
  readonly choice: LaunchChoice;
  readonly onChange: (change: Partial<LaunchChoice>) => void;
  readonly errors: Readonly<Record<string, string>>;
}

/** @param ahead for a launch to come, by which what is in use now may be free */
export function WorkspaceField({
  choice,
  onChange,
  errors,
  workspaces,
  launching,
  ahead = false,
}: FieldProps & { workspaces: readonly WorkspaceView[]; launching: boolean; ahead?: boolean }) {
  const isOffered = (workspace: WorkspaceView) => ahead || isUsable(workspace);
  const chosen = workspaces.find((workspace) => workspace.id === choice.workspaceId);
  // While a launch is under way it is the launch itself that uses it.
  const inUse =
    !launching && chosen && !isOffered(chosen)
      ? `${chosen.name} is in use just now; choose another.`
      : undefined;
  const taken = isNameTaken(choice, workspaces)
    ? "You have one of that name: choose it above, or give another name."
    : undefined;
  return (
    <>
      <Field label="Workspace" error={errors.workspaceId ?? inUse}>
        {(control) => (
          <Select
            {...control}
            value={choice.workspaceId ?? newWorkspace}
            onValueChange={(value) => onChange({ workspaceId: value === newWorkspace ? null : value })}
          >
            {workspaces.map((workspace) => (
              <option key={workspace.id} value={workspace.id} disabled={!isOffered(workspace)}>
                {isOffered(workspace) ? workspace.name : `${workspace.name}, in use`}
              </option>
            ))}
            <option value={newWorkspace}>New workspace</option>
          </Select>
        )}
      </Field>
      {choice.workspaceId === null ? (
        <Field label="New workspace's name" error={errors.workspaceName ?? taken}>
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

/** @param hours of GPUs whose hours are sold: those can be chosen before the present one is had */
export function GpuField({
  choice,
  onChange,
  errors,
  gpus,
  hours,
}: FieldProps & { gpus: readonly GpuView[]; hours: readonly GpuHoursView[] }) {
  const models = modelChoices(gpus);
  const isSold = (gpu: GpuView) => !gpu.free && hours.some(({ gpuId }) => gpuId === gpu.id);
  const free = gpus.filter((gpu) => gpu.free || (choice.gpu === `gpu:${gpu.id}` && !isSold(gpu)));
  const sold = gpus.filter((gpu) => isSold(gpu) && gpu.state === "available");
  return (
    <Field label="GPU" error={errors.gpuId ?? errors.gpuModel}>
      {(control) => (
        <Select
          {...control}
          value={choice.gpu}
          onValueChange={(value) => onChange({ gpu: value as GpuChoice })}
        >
          <option value="any">Any GPU</option>
          {models.map((candidate) => (
            <option key={candidate.model} value={`model:${candidate.model}`}>
              Any {candidate.label}, {candidate.free} of {candidate.total} free
            </option>
          ))}
          {free.length > 0 ? (
            <optgroup label="A particular GPU">
              {free.map((gpu) => (
                <option key={gpu.id} value={`gpu:${gpu.id}`}>
                  {namedGpu(gpu)}
                </option>
              ))}
            </optgroup>
          ) : null}
          {sold.length > 0 ? (
            <optgroup label="By the hour">
              {sold.map((gpu) => (
                <option key={gpu.id} value={`gpu:${gpu.id}`}>
                  {namedGpu(gpu)}
                </option>
              ))}
            </optgroup>
          ) : null}
        </Select>
      )}
    </Field>
  );
}

/**
 * @param longestMinutes how long a session of theirs may run; null: as long as they like
 * @param ends whether it ends with their hours of the GPU, too
 */
export function LimitField({
  choice,
  onChange,
  errors,
  longestMinutes,
  ends,
}: FieldProps & { longestMinutes: number | null; ends: EndsWithHours | null }) {
  const zone = useLabZone();
  const now = new Date(useNow(15_000));
  const ttlMinutes = allowedTtl(choice.ttlMinutes, longestMinutes);
  return (
    <Field
      label="Time limit"
      error={errors.ttlMinutes}
      hint={<span suppressHydrationWarning>{limitHint(ttlMinutes, ends, now, zone)}</span>}
    >
      {(control) => (
        <Select
          {...control}
          value={ttlMinutes === null ? noLimit : String(ttlMinutes)}
          onValueChange={(value) => onChange({ ttlMinutes: value === noLimit ? null : Number(value) })}
        >
          {longestMinutes === null ? <option value={noLimit}>No limit</option> : null}
          {ttlOptions(ttlMinutes, longestMinutes).map((minutes) => (
            <option key={minutes} value={String(minutes)}>
              {limitText(minutes)}
            </option>
          ))}
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
        <Select {...control} value={chosen.id} onValueChange={(value) => onChange({ packId: value })}>
          {packs.map((pack) => (
            <option key={pack.id} value={pack.id}>
              {pack.name}, {pack.cpus} CPU
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
