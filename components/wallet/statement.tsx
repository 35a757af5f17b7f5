"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { fallbackRefetchMs, itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { startOfDay } from "@/components/ui/day";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { useLabZone } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import type { StatementLine } from "@/lib/schedule/model";
import type { TransactionFilter, TransferKind } from "@/lib/wallet/model";
import { StatementTable } from "./statement-table";
import { kindWords } from "./words";

export interface StatementProps {
  initial: ListPage<StatementLine>;
}

/** What the fields hold: empty doesn't narrow. Days as `2026-11-25`, both included. */
interface Choice {
  readonly kind: "" | TransferKind;
  readonly from: string;
  readonly to: string;
}

const all: Choice = { kind: "", from: "", to: "" };

function filterOf({ kind, from, to }: Choice, zone: string): TransactionFilter {
  const wanted = {
    kind,
    from: startOfDay(from, zone)?.toISOString(),
    to: startOfDay(to, zone, 1)?.toISOString(),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
}

/** Every line of a person's books, the newest first, as narrow as one likes. */
export function Statement({ initial }: StatementProps) {
  const zone = useLabZone();
  const [choice, setChoice] = useState(all);
  const filter = filterOf(choice, zone);
  const query = useStatement(initial, filter);
  const lines = query.data ? itemsOf(query.data.pages, ({ id }) => id) : null;
  return (
    <Panel
      inset="flush"
      title="Statement"
      actions={
        <Button asChild size="sm">
          <a
            href={`${apiPrefix}/wallet/transactions.csv?${new URLSearchParams(Object.entries(filter))}`}
            download
          >
            <Download aria-hidden />
            Export CSV
          </a>
        </Button>
      }
    >
      <Filters choice={choice} onChoose={setChoice} />
      {lines === null ? (
        <ListPending what="The statement" query={query} />
      ) : lines.length === 0 ? (
        <EmptyState title={choice === all ? "Nothing has come or gone yet" : "Nothing fits"}>
          {choice === all
            ? "The weekly budget comes when a week turns; hours you win, take or give back are here, too."
            : "No line has all of that. Leave something out, or widen the days."}
        </EmptyState>
      ) : (
        <>
          <StatementTable lines={lines} />
          <LoadMore shown={lines.length} query={query} />
        </>
      )}
    </Panel>
  );
}

function useStatement(initial: ListPage<StatementLine>, filter: TransactionFilter) {
  return useInfiniteQuery(
    api.wallet.transactions.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor, ...filter }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      ...(Object.keys(filter).length === 0
        ? { initialData: { pages: [initial], pageParams: [undefined] } }
        : { placeholderData: keepPreviousData }),
      // Lines never change: once older ones are loaded too, asking for all of them again would bring only what is new.
      refetchInterval: ({ state }) => (state.data && state.data.pages.length > 1 ? false : fallbackRefetchMs),
    }),
  );
}

const kinds = Object.keys(kindWords) as TransferKind[];

function Filters({ choice, onChoose }: { choice: Choice; onChoose: (choice: Choice) => void }) {
  const day = (name: "from" | "to", label: string, word: string) => (
    <div className="flex items-center gap-2 max-sm:flex-col max-sm:items-stretch max-sm:gap-1">
      <span aria-hidden className="text-muted-foreground text-xs">
        {word}
      </span>
      <Input
        type="date"
        aria-label={label}
        value={choice[name]}
        onChange={(event) => onChoose({ ...choice, [name]: event.target.value })}
        className="sm:w-36"
      />
    </div>
  );
  return (
    <div className="grid grid-cols-2 items-center gap-2 border-border border-b px-4 py-2 sm:flex">
      <div className="max-sm:col-span-2 sm:w-44">
        <Select
          aria-label="What for"
          value={choice.kind}
          onValueChange={(kind) => onChoose({ ...choice, kind: kinds.find((one) => one === kind) ?? "" })}
        >
          <option value="">Everything</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {kindWords[kind]}
            </option>
          ))}
        </Select>
      </div>
      {day("from", "From day", "from")}
      {day("to", "To day", "to")}
    </div>
  );
}
