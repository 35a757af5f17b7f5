"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { Suspense } from "react";
import { availability } from "@/components/fleet/availability";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useMayBegin } from "@/components/surface/may-begin";
import { useSurface } from "@/components/surface/surface-provider";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { GpuHoursView } from "@/lib/schedule/hours-model";
import type { LimitsView } from "@/lib/sessions/model";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { HoursPart } from "./hours-part";
import { isNameTaken, type LaunchChoice } from "./launch-choice";
import { GpuField, LimitField, PackField, WorkspaceField } from "./launch-fields";
import { endsWithHours, launchHours } from "./launch-hours";
import { useLaunch } from "./use-launch";
import { WeekHours } from "./week-hours";

/** Asked once in an account's life, so its code comes when it is needed. */
const KeyPrompt = dynamic(() => import("./key-prompt").then((module) => module.KeyPrompt));

export interface LaunchPanelProps {
  choice: LaunchChoice;
  onChoose: (change: Partial<LaunchChoice>) => void;
  gpus: readonly GpuView[];
  /** Of GPUs whose hours are sold. */
  hours: readonly GpuHoursView[];
  /** What is to start by itself. */
  planned: readonly PlannedStartView[];
  workspaces: readonly WorkspaceView[];
  packs: readonly PackView[];
  username: string;
  /** Without a key Launch asks for one first. */
  hasSshKey: boolean;
  limits: LimitsView;
}

/** One press with the last choices; what is in the way is dealt with here, not on another page. */
export function LaunchPanel(props: LaunchPanelProps) {
  const { choice, onChoose, gpus, workspaces, packs, username } = props;
  const launch = useLaunch(choice, props.limits.maxDurationMinutes, props.hasSshKey);
  const { surface } = useSurface();
  const mayBegin = useMayBegin();
  const zone = useLabZone();
  const now = new Date(useNow(15_000));
  const { free, headline, next } = availability(gpus, { username, hours: props.hours }, now, zone);
  const fields = { choice, onChange: onChoose, errors: launch.problem?.errors ?? {} };
  const hours = launchHours(choice.gpu, gpus, props.hours);
  const ends = endsWithHours(choice.gpu, gpus, props.hours);
  const unready = !mayBegin || isNameTaken(choice, workspaces);
  return (
    <Panel
      id="launch"
      title="Launch a session"
      description={surface === "internal" ? "Internal: no internet from inside." : undefined}
    >
      <form onSubmit={launch.submit} className="flex flex-col gap-4" aria-label="Launch a session">
        <WorkspaceField {...fields} workspaces={workspaces} launching={launch.busy} />
        <GpuField {...fields} gpus={gpus} hours={props.hours} />
        {hours ? (
          <HoursPart
            of={hours}
            limits={props.limits}
            planned={props.planned}
            busy={launch.busy}
            disabled={unready}
            onTake={launch.takeAndLaunch}
            onPlan={launch.plan}
          />
        ) : null}
        <PackField {...fields} packs={packs} />
        <LimitField {...fields} longestMinutes={props.limits.maxDurationMinutes} ends={ends} />
        <WeekHours limits={props.limits} />
        <ProblemNotice problem={launch.problem} fields={shownFields} />
        {launch.hasKey || launch.askingForKey || !mayBegin ? null : <NoKeyYet />}
        {launch.askingForKey ? (
          <Suspense fallback={null}>
            <KeyPrompt
              value={launch.publicKey}
              onChange={launch.setPublicKey}
              error={launch.problem?.errors?.publicKey}
              busy={launch.busy}
              onCancel={launch.cancelKey}
            />
          </Suspense>
        ) : (
          <Button
            ref={launch.takeButton}
            type="submit"
            variant="primary"
            size="lg"
            busy={launch.busy}
            disabled={free === 0 || hours?.kind === "missing" || unready}
            data-launch
          >
            {launch.busy ? "Launching" : "Launch"}
          </Button>
        )}
        {/* Last, so that no field moves under the pointer when somebody takes the last GPU. */}
        {free === 0 && hours?.kind !== "missing" ? (
          <Notice tone="idle" title={headline}>
            <span suppressHydrationWarning>{next}</span>
          </Notice>
        ) : null}
      </form>
    </Panel>
  );
}

/** Before Launch is pressed: what it will ask for, and where the key can be added as well. */
function NoKeyYet() {
  return (
    <Notice tone="idle" title="You have no SSH key yet">
      A session is entered with SSH, so Launch asks for your public key first. You can also add it in{" "}
      <Link
        href="/settings#ssh-keys"
        className="focus-ring rounded-sm text-link underline underline-offset-4"
      >
        Settings
      </Link>
      .
    </Notice>
  );
}

const shownFields = [
  "workspaceId",
  "workspaceName",
  "gpuId",
  "gpuModel",
  "ttlMinutes",
  "packId",
  "publicKey",
];
