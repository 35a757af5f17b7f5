"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState, useTransition } from "react";
import { inviteToCompetition, uninviteFromCompetition } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { InviteView } from "@/lib/competitions/invite-model";
import { useRefresh } from "./use-refresh";

/** People that one search shows. */
const foundAtOnce = 8;

/** Who may see and enter a competition that is by invitation; people are found by name or address. */
export function InvitesPanel({ slug }: { slug: string }) {
  const query = useQuery(
    api.admin.competitions.invites.queryOptions({ input: { slug }, refetchInterval: fallbackRefetchMs }),
  );
  const change = useChange(slug);
  const invited = query.data?.data ?? null;
  return (
    <Panel
      title="Invitations"
      description={
        invited === null
          ? undefined
          : `Invited: ${invited.length}. What somebody has submitted stays when it is taken back`
      }
    >
      <div className="flex flex-col gap-4">
        <ProblemNotice problem={change.problem} />
        <Find invited={invited ?? []} onInvite={change.invite} busy={change.busy} />
        <Announcement>{change.told}</Announcement>
        {invited === null ? (
          query.error ? (
            <LoadFailure what="The invitations" error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton className="h-16" />
          )
        ) : (
          <Invited invited={invited} onTakeBack={change.takeBack} busy={change.busy} />
        )}
      </div>
    </Panel>
  );
}

interface Who {
  readonly userId: string;
  readonly username: string;
}

function useChange(slug: string) {
  const refresh = useRefresh();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const [told, setTold] = useState("");
  const changing = (act: typeof inviteToCompetition, words: string) => (who: Who) =>
    start(async () => {
      const result = await called(() => act({ slug, userId: who.userId }));
      setProblem(result.ok ? null : result.problem);
      if (!result.ok) return;
      await refresh();
      setTold(`${who.username} ${words}`);
    });
  return {
    busy,
    problem,
    told,
    invite: changing(inviteToCompetition, "is invited"),
    takeBack: changing(uninviteFromCompetition, "is no longer invited"),
  };
}

interface FindProps {
  invited: readonly InviteView[];
  onInvite: (who: Who) => void;
  busy: boolean;
}

function Find({ invited, onInvite, busy }: FindProps) {
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const { data } = useQuery(
    api.admin.users.list.queryOptions({
      input: { q, limit: foundAtOnce, disabled: false },
      enabled: q !== "",
      placeholderData: keepPreviousData,
    }),
  );
  const known = new Set(invited.map(({ userId }) => userId));
  const found = q === "" ? [] : (data?.data ?? []);
  return (
    <div className="flex flex-col gap-2">
      <Input
        type="search"
        aria-label="Find people to invite"
        placeholder="Name or email"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="max-w-80"
      />
      {q !== "" && data && found.length === 0 ? (
        <p className="text-muted-foreground text-sm">No account has that in its name or address.</p>
      ) : null}
      {found.length > 0 ? (
        <ul aria-label="People found" className="max-w-160 rounded-md border border-border">
          {found.map(({ id, username, email }) => (
            <li
              key={id}
              className="flex items-center justify-between gap-3 border-border border-b px-3 py-2 text-sm last:border-0"
            >
              <span className="min-w-0 truncate">
                <span className="font-medium">{username}</span>{" "}
                <span className="text-muted-foreground">{email}</span>
              </span>
              {known.has(id) ? (
                <span className="text-muted-foreground text-xs">invited</span>
              ) : (
                <Button
                  size="sm"
                  disabled={busy}
                  aria-label={`Invite ${username}`}
                  onClick={() => onInvite({ userId: id, username })}
                >
                  Invite
                </Button>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

interface InvitedProps {
  invited: readonly InviteView[];
  onTakeBack: (who: Who) => void;
  busy: boolean;
}

function Invited({ invited, onTakeBack, busy }: InvitedProps) {
  if (invited.length === 0)
    return <p className="text-muted-foreground text-sm">Nobody is invited yet, so that nobody sees it.</p>;
  return (
    <ul aria-label="Invited" className="flex flex-col">
      {invited.map(({ userId, username, invitedAt }) => (
        <li
          key={userId}
          className="flex items-center justify-between gap-3 border-border border-b py-2 text-sm last:border-0"
        >
          <span className="min-w-0 truncate">
            <span className="font-medium">{username}</span>{" "}
            <Time value={invitedAt} show="relative" className="text-muted-foreground text-xs" />
          </span>
          <Button
            size="sm"
            variant="ghost"
            disabled={busy}
            aria-label={`Take back ${username}'s invitation`}
            onClick={() => onTakeBack({ userId, username })}
          >
            Take back
          </Button>
        </li>
      ))}
    </ul>
  );
}
