"use client";

import { useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { stopAnySession } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";

/** Stops somebody's session. Its timeline and its page name the reason: an admin. */
export function AdminStopDialog({ session, children }: { session: SessionView; children: ReactElement }) {
  const queryClient = useQueryClient();
  return (
    <ConfirmAction
      title={`Stop ${session.owner}'s session ${session.slug}?`}
      confirm="Snapshot and stop"
      cancel="Leave it running"
      description={
        <>
          <p>
            Every process in it ends without a warning to {session.owner}, whose session page will say that an
            admin stopped it.
          </p>
          <p className="mt-2">
            The workspace {session.workspace.name} is snapshotted and kept; what is in memory is lost.
          </p>
        </>
      }
      act={async () => {
        const result = await stopAnySession({ slug: session.slug });
        const shown = [api.admin.sessions.key(), api.sessions.key()];
        if (result.ok)
          await Promise.all(shown.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
        return result;
      }}
    >
      {children}
    </ConfirmAction>
  );
}
