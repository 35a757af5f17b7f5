"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { launchSession } from "@/app/(console)/sessions/actions";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { useMayBegin } from "@/components/surface/may-begin";
import { Button } from "@/components/ui/button";
import type { SessionView } from "@/lib/sessions/model";

/** Launches again on the same workspace, with the same environment and GPU model. */
export function RelaunchButton({ session }: { session: SessionView }) {
  const router = useRouter();
  const mayBegin = useMayBegin();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const relaunch = async () => {
    setProblem(null);
    const result = await launchSession({
      workspaceId: session.workspace.id,
      packId: session.pack.id,
      gpuModel: session.gpu.model,
    });
    if (result.ok) router.push(`/sessions/${result.data.slug}`);
    else setProblem(result.problem);
  };
  return (
    <div className="flex max-w-sm flex-col items-end gap-2">
      <Button variant="primary" busy={busy} disabled={!mayBegin} onClick={() => start(relaunch)}>
        {busy ? "Launching" : `Launch again on ${session.workspace.name}`}
      </Button>
      <ProblemNotice problem={problem} />
    </div>
  );
}
