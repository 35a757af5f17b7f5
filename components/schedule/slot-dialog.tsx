"use client";

import { useQuery } from "@tanstack/react-query";
import type { DialogState } from "@/components/forms/opens-dialog";
import { useReturnFocus } from "@/components/forms/return-focus";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { StateBadge } from "@/components/ui/state-badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { BidOutcome, HistoryView, SlotInput } from "@/lib/schedule/model";
import { afterText, reignsOf } from "./history";

const outcomes = {
  leading: { tone: "working", word: "Leads" },
  won: { tone: "ok", word: "Won" },
  outbid: { tone: "idle", word: "Outbid" },
  undone: { tone: "idle", word: "Taken back" },
} as const satisfies Record<BidOutcome, { tone: string; word: string }>;

/** One hour of a GPU: every bid on it, and who would have won when. */
export function SlotDialog({ slot, name, ...state }: DialogState & { slot: SlotInput; name: string }) {
  const focus = useReturnFocus();
  const query = useQuery(
    api.schedule.slots.history.queryOptions({
      input: slot,
      enabled: state.open,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  return (
    <Dialog {...state}>
      <DialogContent
        title={name}
        description="Who would have won it, had bidding closed at any moment. Each bid raises the price by one credit."
        {...focus}
      >
        <DialogBody>
          {query.data ? (
            <History history={query.data.data} />
          ) : query.isError ? (
            <LoadFailure what="The history" error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton className="h-32 w-full" />
          )}
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}

function History({ history }: { history: HistoryView }) {
  const after = afterText(history);
  if (history.bids.length === 0) {
    return (
      <p className="text-muted-foreground text-sm">{["Nobody has bid on it.", after].join(" ").trim()}</p>
    );
  }
  return (
    <>
      <Reigns history={history} />
      {after === "" ? null : <p className="mt-3 text-sm">{after}</p>}
    </>
  );
}

function Reigns({ history }: { history: HistoryView }) {
  return (
    <div className="-mx-5 border-border border-y">
      <Table aria-label="Who would have won, and when">
        <TableHeader>
          <tr>
            <TableHead>From</TableHead>
            <TableHead>Until</TableHead>
            <TableHead>Would have won</TableHead>
            <TableHead numeric>Credits</TableHead>
            <TableHead>Became</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {reignsOf(history).map((reign) => (
            <TableRow key={`${reign.from}${reign.price}`}>
              <TableCell>
                <Time value={reign.from} show="absolute" />
              </TableCell>
              <TableCell>{reign.until ? <Time value={reign.until} show="absolute" /> : "now"}</TableCell>
              <TableCell className="font-medium">
                {reign.person ?? <span className="font-normal text-muted-foreground">nobody</span>}
              </TableCell>
              <TableCell numeric className="font-mono">
                {reign.price}
              </TableCell>
              <TableCell>
                {reign.outcome ? (
                  <StateBadge tone={outcomes[reign.outcome].tone}>{outcomes[reign.outcome].word}</StateBadge>
                ) : null}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
