"use client";

import { useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { stopSession } from "@/app/(console)/sessions/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";

export interface StopDialogProps {
  session: SessionView;
  /** The button that opens it. */
  children: ReactElement;
}

/** Asks before stopping, and says what is kept and what is lost. */
export function StopDialog({ session, children }: StopDialogProps) {
  const queryClient = useQueryClient();
  return (
    <ConfirmAction
      title={`Stop session ${session.slug}?`}
      confirm="Snapshot and stop"
      cancel="Keep running"
      description={
        <>
          <p>Every process in it ends, and its GPU is free for others.</p>
          <p className="mt-2">
            Kept: everything in <code className="font-mono text-foreground">/workspace</code>. A snapshot of{" "}
            <strong className="font-medium text-foreground">{session.workspace.name}</strong> is taken, and
            you can launch on it again. Lost: what is in memory, and files outside /workspace.
          </p>
        </>
      }
      act={async () => {
        const result = await stopSession({ slug: session.slug });
        if (result.ok) await queryClient.invalidateQueries({ queryKey: api.sessions.key() });
        return result;
      }}
    >
      {children}
    </ConfirmAction>
  );
}
