"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useDeferredValue, useState } from "react";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { api } from "@/lib/api/client";
import type { ListedUserView } from "@/lib/auth/model";
import { ExportLink } from "./export-link";
import { UserTable } from "./user-table";

const AddPersonDialog = dynamic(() => import("./add-person-dialog").then((module) => module.AddPersonDialog));
const BudgetsDialog = dynamic(() => import("./budgets-dialog").then((module) => module.BudgetsDialog));

export interface UserListProps {
  initial: ListPage<ListedUserView>;
  /** Whoever looks: their own row says so. */
  ownId: string;
}

const kinds = {
  all: { label: "Everybody", filter: {} },
  admins: { label: "Admins", filter: { role: "admin" } },
  disabled: { label: "Disabled", filter: { disabled: true } },
} as const;
type Kind = keyof typeof kinds;

/** Everybody with an account, found by name or address; what an admin may change is changed in its row. */
export function UserList({ initial, ownId }: UserListProps) {
  const [text, setText] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const q = useDeferredValue(text.trim());
  const { users, query } = useUsers(initial, q, kind);
  const filter = kinds[kind].filter;
  const exported = Object.fromEntries(
    Object.entries({ q, ...filter }).map(([name, value]) => [name, String(value)]),
  );
  return (
    <Panel
      inset="flush"
      title="Accounts"
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <Input
            type="search"
            aria-label="Find by name or email"
            placeholder="Name or email"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-7 w-44"
          />
          <Select
            aria-label="Which accounts"
            value={kind}
            onValueChange={(value) => setKind(value as Kind)}
            className="h-7 w-32"
          >
            {Object.entries(kinds).map(([value, { label }]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
          <ExportLink what="users" filter={exported} />
          <OpensDialog button={<Button size="sm">Everybody’s budgets</Button>}>
            {(state) => <BudgetsDialog {...state} />}
          </OpensDialog>
          <OpensDialog button={<Button size="sm">Add a person</Button>}>
            {(state) => <AddPersonDialog {...state} />}
          </OpensDialog>
        </div>
      }
    >
      {users === null ? (
        <ListPending what="The accounts" query={query} />
      ) : (
        <>
          {users.length === 0 ? (
            <EmptyState title="Nobody fits">
              No account has that in its name or address. Search for less.
            </EmptyState>
          ) : (
            <UserTable users={users} ownId={ownId} />
          )}
          <LoadMore shown={users.length} query={query} />
        </>
      )}
    </Panel>
  );
}

/** Hours and disk use change with sessions, workspaces and time: no event of an account tells of those. */
const figuresRefetchMs = 60_000;

function useUsers(initial: ListPage<ListedUserView>, q: string, kind: Kind) {
  const narrowed = q !== "" || kind !== "all";
  const listRefetch = useListRefetch(figuresRefetchMs);
  const query = useInfiniteQuery(
    api.admin.users.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: listPageSize,
        cursor,
        ...(q ? { q } : {}),
        ...kinds[kind].filter,
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      // What the server rendered is everybody; what is narrower is asked for, with the old rows in sight.
      ...(narrowed
        ? { placeholderData: keepPreviousData }
        : { initialData: { pages: [initial], pageParams: [undefined] } }),
      refetchInterval: listRefetch,
    }),
  );
  return { query, users: query.data ? itemsOf(query.data.pages, (user) => user.id) : null };
}
