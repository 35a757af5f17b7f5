"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { isOver } from "@/components/schedule/week";
import { creditsText, hoursText } from "@/components/schedule/words";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { useNow } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { StateBadge } from "@/components/ui/state-badge";
import {
  Table,
  TableActions,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import { hourMs } from "@/lib/fleet/rules";
import type { AdminWeekView } from "@/lib/schedule/model";
import { CloseEarly } from "./close-early";

const CleanupDialog = dynamic(() => import("./cleanup-dialog").then((module) => module.CleanupDialog));

/** Where a week stands for people: its status says how far the turn is, which a week closed early is ahead of. */
function lookOf({ status, startsAt, endsAt }: AdminWeekView, now: number) {
  if (status === "open") return { tone: "ok", word: "Bidding" } as const;
  if (now < Date.parse(startsAt)) return { tone: "working", word: "Sold" } as const;
  if (!isOver({ endsAt }, now)) return { tone: "working", word: "Running" } as const;
  return { tone: "idle", word: "Over" } as const;
}

export interface WeekListProps {
  initial: ListPage<AdminWeekView>;
  /** How many GPUs are auctioned now. */
  auctioned: number;
  rolloverPercent: number;
}

/** Every week, the newest first, with what administrators do to them. */
export function WeekList({ initial, ...terms }: WeekListProps) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.admin.weeks.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const weeks = itemsOf(query.data.pages, ({ week }) => week);
  return (
    <Panel
      inset="flush"
      title="All weeks"
      actions={
        <OpensDialog button={<Button size="sm">Clean up</Button>}>
          {(state) => <CleanupDialog {...state} />}
        </OpensDialog>
      }
    >
      {weeks.length === 0 ? (
        <EmptyState title="No week is laid out yet">The worker lays them out when it starts.</EmptyState>
      ) : (
        <>
          <WeekTable weeks={weeks} {...terms} />
          <LoadMore shown={weeks.length} query={query} />
        </>
      )}
    </Panel>
  );
}

interface WeekTableProps extends Omit<WeekListProps, "initial"> {
  weeks: readonly AdminWeekView[];
}

function WeekTable({ weeks, auctioned, rolloverPercent }: WeekTableProps) {
  const now = useNow(15_000);
  const turned = weeks.find((week) => week.status !== "open" && now < Date.parse(week.startsAt)) ?? null;
  return (
    <Table aria-label="Weeks">
      <TableHeader>
        <tr>
          <TableHead>Week of</TableHead>
          <TableHead className="max-sm:hidden">State</TableHead>
          <TableHead className="max-md:hidden">Bidding closes</TableHead>
          <TableHead className="max-lg:hidden">Turned</TableHead>
          <TableHead numeric className="max-sm:hidden">
            Hours taken
          </TableHead>
          <TableHead numeric className="max-sm:hidden">
            Unsold
          </TableHead>
          <TableHead numeric className="max-sm:hidden">
            Credits
          </TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {weeks.map((week) => (
          <TableRow key={week.week}>
            <TableCell className="whitespace-nowrap font-mono">
              <Link
                href={`/schedule/${week.week}`}
                className="focus-ring rounded-sm text-link underline-offset-4 hover:underline"
              >
                {week.week}
              </Link>
              <div className="mt-1 font-sans sm:hidden">
                <WeekBadge week={week} now={now} />
                <TableSecondLine>
                  {hoursText(week.slots)}, {creditsText(week.credits)}
                </TableSecondLine>
              </div>
            </TableCell>
            <TableCell className="max-sm:hidden">
              <WeekBadge week={week} now={now} />
            </TableCell>
            <TableCell className="max-md:hidden">
              <Time value={week.closesAt} />
            </TableCell>
            <TableCell className="max-lg:hidden">
              {week.turnedAt ? (
                <Time value={week.turnedAt} />
              ) : (
                <span className="text-muted-foreground">not yet</span>
              )}
            </TableCell>
            <TableCell numeric className="font-mono max-sm:hidden">
              {week.slots}
            </TableCell>
            <TableCell numeric className="font-mono max-sm:hidden">
              {unsoldOf(week, auctioned, now) ?? <span className="text-muted-foreground">–</span>}
            </TableCell>
            <TableCell numeric className="font-mono max-sm:hidden">
              {week.credits}
            </TableCell>
            <TableActions>
              <div className="flex justify-end gap-2 max-sm:flex-col max-sm:items-end">
                {week.status === "open" ? (
                  <CloseEarly week={week} turned={turned} rolloverPercent={rolloverPercent} now={now} />
                ) : (
                  <Button asChild size="sm">
                    <Link href={`/admin/weeks/${week.week}`}>
                      Usage<span className="sr-only"> in the week of {week.week}</span>
                    </Link>
                  </Button>
                )}
                <Button asChild size="sm">
                  <a href={`${apiPrefix}/admin/export?week=${week.week}`} download>
                    <Download aria-hidden />
                    <span className="max-sm:sr-only">CSV</span>
                    <span className="sr-only"> of the week of {week.week}</span>
                  </a>
                </Button>
              </div>
            </TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** A column of its own where there is room, else below the week's date. */
function WeekBadge({ week, now }: { week: AdminWeekView; now: number }) {
  const { tone, word } = lookOf(week, now);
  return <StateBadge tone={tone}>{word}</StateBadge>;
}

/** Of weeks that are over, nobody knows any more how many GPUs were auctioned. */
function unsoldOf(week: AdminWeekView, auctioned: number, now: number): number | null {
  if (isOver(week, now)) return null;
  const { startsAt, endsAt, slots } = week;
  const hours = (Date.parse(endsAt) - Date.parse(startsAt)) / hourMs;
  return Math.max(0, hours * auctioned - slots);
}
