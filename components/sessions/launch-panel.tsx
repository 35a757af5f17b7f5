"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, Suspense, useEffect, useRef, useState, useTransition } from "react";
import { launchSession } from "@/app/(console)/sessions/actions";
import { addSshKey } from "@/app/(console)/settings/actions";
import { keyComment } from "@/components/account/private-key";
import { availability } from "@/components/fleet/availability";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { useMayBegin } from "@/components/surface/may-begin";
import { useSurface } from "@/components/surface/surface-provider";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { LimitsView } from "@/lib/sessions/model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { isNameTaken, type LaunchChoice, launchInputOf } from "./launch-choice";
import { GpuField, LimitField, PackField, WorkspaceField } from "./launch-fields";
import { WeekHours } from "./week-hours";

/** Asked once in an account's life, so its code comes when it is needed. */
const KeyPrompt = dynamic(() => import("./key-prompt").then((module) => module.KeyPrompt));

export interface LaunchPanelProps {
  choice: LaunchChoice;
  onChoose: (change: Partial<LaunchChoice>) => void;
  gpus: readonly GpuView[];
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
  const { free, headline, next } = availability(gpus, username, now, zone);
  const fields = { choice, onChange: onChoose, errors: launch.problem?.errors ?? {} };
  return (
    <Panel
      id="launch"
      title="Launch a session"
      description={surface === "internal" ? "Internal: no internet from inside." : undefined}
    >
      <form onSubmit={launch.submit} className="flex flex-col gap-4" aria-label="Launch a session">
        <WorkspaceField {...fields} workspaces={workspaces} launching={launch.busy} />
        <GpuField {...fields} gpus={gpus} />
        <PackField {...fields} packs={packs} />
        <LimitField {...fields} longestMinutes={props.limits.maxDurationMinutes} />
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
            disabled={free === 0 || !mayBegin || isNameTaken(choice, workspaces)}
            data-launch
          >
            {launch.busy ? "Launching" : "Launch"}
          </Button>
        )}
        {/* Last, so that no field moves under the pointer when somebody takes the last GPU. */}
        {free === 0 ? (
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

/** `/home#launch` ends on the Launch button, from any page. */
const launchHash = "#launch";

/** The key's own comment as its name, as `ssh-keygen` wrote it. */
function keyNameOf(publicKey: string): string {
  return keyComment(publicKey).slice(0, 64).trim() || "My computer";
}

function useLaunch(choice: LaunchChoice, longestMinutes: number | null, hadKey: boolean) {
  const router = useRouter();
  const [busy, start] = useTransition();
  const [hasKey, setHasKey] = useState(hadKey);
  const [askingForKey, setAsking] = useState(false);
  const [publicKey, setPublicKey] = useState("");
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  // Set while the key's form, which has the focus, gives way to the Launch button.
  const focusNext = useRef(false);
  const takeButton = (element: HTMLButtonElement | null) => {
    button.current = element;
    if (!element || !focusNext.current) return;
    focusNext.current = false;
    element.focus();
  };

  useEffect(() => {
    const focusLaunch = () => window.location.hash === launchHash && button.current?.focus();
    focusLaunch();
    window.addEventListener("hashchange", focusLaunch);
    return () => window.removeEventListener("hashchange", focusLaunch);
  }, []);

  const stopAsking = () => {
    focusNext.current = true;
    setAsking(false);
  };
  const run = async () => {
    setProblem(null);
    if (!hasKey) {
      const added = await called(() => addSshKey({ name: keyNameOf(publicKey), publicKey }));
      if (!added.ok) return setProblem(added.problem);
      setHasKey(true);
      stopAsking();
    }
    const launched = await called(() => launchSession(launchInputOf(choice, longestMinutes)));
    if (!launched.ok) return setProblem(launched.problem);
    router.push(`/sessions/${launched.data.slug}`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (!hasKey && !askingForKey) {
      setProblem(null);
      return setAsking(true);
    }
    start(run);
  };
  const cancelKey = () => {
    setProblem(null);
    stopAsking();
  };
  return { busy, problem, hasKey, askingForKey, publicKey, setPublicKey, cancelKey, submit, takeButton };
}
