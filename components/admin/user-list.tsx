"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { LoadMore } from "@/components/live/load-more";
import { fallbackRefetchMs, itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { Badge } from "@/components/ui/badge";
import { Panel } from "@/components/ui/panel";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { UserView } from "@/lib/auth/model";
import { MaxSessionsField } from "./max-sessions-field";
import { RoleSelect } from "./role-select";
import { StandingSwitch } from "./standing-switch";

export interface UserListProps {
  initial: ListPage<UserView>;
  /** Whoever looks: their own row says so. */
  ownId: string;
}

/** Everybody with an account; what an admin may change is changed in its cell. */
export function UserList({ initial, ownId }: UserListProps) {
  const query = useInfiniteQuery(
    api.admin.users.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const users = itemsOf(query.data.pages, (user) => user.id);
  return (
    <Panel inset="flush">
      <Table aria-label="Users">
        <TableHeader>
          <tr>
            <TableHead>User</TableHead>
            <TableHead className="max-md:hidden">Email</TableHead>
            <TableHead>Role</TableHead>
            <TableHead>Sessions at once</TableHead>
            <TableHead>May sign in</TableHead>
            <TableHead className="max-lg:hidden">Joined</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {users.map((user) => (
            <TableRow key={user.id}>
              <TableCell className="whitespace-nowrap">
                <span className="inline-flex items-center gap-2 font-medium">
                  {user.username}
                  {user.id === ownId ? <Badge>you</Badge> : null}
                  {user.disabled ? <Badge tone="warn">disabled</Badge> : null}
                </span>
                {/* Narrow tables have no column for it. */}
                <span className="block max-w-48 truncate text-muted-foreground text-xs md:hidden">
                  {user.email}
                </span>
              </TableCell>
              <TableCell className="max-w-64 truncate text-muted-foreground max-md:hidden" title={user.email}>
                {user.email}
              </TableCell>
              <TableCell>
                <RoleSelect user={user} />
              </TableCell>
              <TableCell>
                <MaxSessionsField key={user.maxSessions} user={user} />
              </TableCell>
              <TableCell>
                <StandingSwitch user={user} />
              </TableCell>
              <TableCell className="whitespace-nowrap max-lg:hidden">
                <Time value={user.createdAt} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <LoadMore shown={users.length} query={query} />
    </Panel>
  );
}
