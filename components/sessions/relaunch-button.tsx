"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { launchSession } from "@/app/(console)/sessions/actions";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { Button } from "@/components/ui/button";
import type { SessionView } from "@/lib/sessions/model";
import { limitText } from "./duration";
import { limitMinutes } from "./state";

/** Launches again on the same workspace, with the same environment, GPU model and time limit. */
export function RelaunchButton({ session }: { session: SessionView }) {
  const router = useRouter();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const minutes = limitMinutes(session);
  const relaunch = async () => {
    setProblem(null);
    const result = await called(() =>
      launchSession({
        workspaceId: session.workspace.id,
        packId: session.pack.id,
        gpuModel: session.gpu.model,
        ...(minutes === null ? {} : { ttlMinutes: minutes }),
      }),
    );
    if (result.ok) router.push(`/sessions/${result.data.slug}`);
    else setProblem(result.problem);
  };
  return (
    <div className="flex max-w-sm flex-col items-end gap-2">
      <Button variant="primary" busy={busy} onClick={() => start(relaunch)}>
        {busy
          ? "Launching"
          : `Launch again on ${session.workspace.name}${minutes === null ? "" : ` for ${limitText(minutes)}`}`}
      </Button>
      <ProblemNotice problem={problem} />
    </div>
  );
}
