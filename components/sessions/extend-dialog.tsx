"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { extendSession } from "@/app/(console)/sessions/actions";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { Countdown, Time } from "@/components/ui/time";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { ExtendInput, ExtensionView, SessionView } from "@/lib/sessions/model";
import { boundWords, extensionChoices } from "./extension";

export function ExtendDialog({ session, ...state }: DialogState & { session: SessionView }) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title={`Extend session ${session.slug}`}
        description="It goes on without a break; nothing in it is touched."
        {...focus}
      >
        <DialogBody>
          {session.stopsAt ? (
            <p className="text-sm">
              <Countdown to={session.stopsAt} /> left, until <Time value={session.stopsAt} show="absolute" />
            </p>
          ) : null}
          <Choices session={session} onDone={() => state.onOpenChange(false)} {...action} />
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}

interface ChoicesProps extends DialogAction {
  session: SessionView;
  onDone: () => void;
}

function Choices({ session, onDone, busy, problem, run }: ChoicesProps) {
  const { slug } = session;
  const queryClient = useQueryClient();
  // Asked anew each time: what the week leaves shrinks by the minute.
  const asked = useQuery(api.sessions.extension.queryOptions({ input: { slug }, gcTime: 0, retry: false }));
  const extend = async (ttlMinutes: ExtendInput["ttlMinutes"]) => {
    const result = await extendSession({ slug, ttlMinutes });
    if (!result.ok) return result;
    await queryClient.invalidateQueries({ queryKey: api.sessions.key() });
    toast.success(`Session ${slug} has more time`);
    onDone();
    return result;
  };
  if (asked.error) return <p className="text-bad text-sm">{asked.error.message}</p>;
  if (!asked.data) return <Skeleton className="h-18 w-full" />;
  const { data: extension } = asked.data;
  const choices = extensionChoices(extension);
  const everyday = choices.find(({ possible }) => possible);
  return (
    <>
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {choices.map((choice) => (
          <Button
            key={choice.label}
            disabled={!choice.possible}
            busy={busy}
            onClick={() => run(() => extend(choice.ttlMinutes))}
            variant={choice === everyday ? "primary" : "secondary"}
          >
            {choice.label}
          </Button>
        ))}
      </div>
      <Bound extension={extension} />
      <ProblemNotice problem={problem} />
    </>
  );
}

function Bound({ extension }: { extension: ExtensionView }) {
  return (
    <p className="text-muted-foreground text-sm">
      {extension.minutes === 0 ? "No more than it has: " : null}
      {extension.minutes > 0 && extension.until ? (
        <>
          At most until <Time value={extension.until} show="absolute" /> (
          <Time value={extension.until} show="relative" />
          ):{" "}
        </>
      ) : null}
      {boundWords[extension.boundBy]}
    </p>
  );
}
