"use client";

import dynamic from "next/dynamic";
import { Fragment, type ReactNode } from "react";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { exactBytes } from "@/components/workspaces/size";
import type { ListedUserView } from "@/lib/auth/model";
import { InternalSwitch } from "./internal-switch";
import { type LimitName, limitFieldNames, limitWords, usedWords } from "./limits";
import { RoleSelect } from "./role-select";
import { StandingSwitch } from "./standing-switch";

const LimitsDialog = dynamic(() => import("./limits-dialog").then((module) => module.LimitsDialog));

const limitHeads = {
  maxSessions: "At once",
  maxGpuHoursPerWeek: "A week",
  maxDiskGb: "Disk",
  maxDurationMinutes: "Longest",
} as const;

/** "no limit, 3 h used", where it is a thing that is used up. */
function limitInLine(name: LimitName, user: ListedUserView): string {
  return [limitWords(name, user), usedWords(name, user)].filter(Boolean).join(", ");
}

/** Under a limit: what of it is used. */
function Used({ name, user }: { name: LimitName; user: ListedUserView }) {
  const words = usedWords(name, user);
  if (words === null) return null;
  return (
    <TableSecondLine
      className="whitespace-nowrap font-sans"
      title={
        name === "maxDiskGb" ? `${exactBytes(user.diskBytes)}, as last measured` : "Since the week began"
      }
    >
      {words}
    </TableSecondLine>
  );
}

function ChangeLimits({ user }: { user: ListedUserView }) {
  return (
    <OpensDialog
      button={
        <Button size="sm" aria-label={`Change limits of ${user.username}`}>
          Change
        </Button>
      }
    >
      {(state) => <LimitsDialog user={user} {...state} />}
    </OpensDialog>
  );
}

/** A switch and, as large as a finger, the words beside it. */
function Labelled({ words, children }: { words: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="flex items-center gap-2">
      {children} {words}
    </label>
  );
}

/** On a phone, what is changed of an account: the columns would be beyond the edge. */
function Controls({ user }: { user: ListedUserView }) {
  return (
    <div className="mt-2 mb-1 grid grid-cols-2 items-center gap-x-4 gap-y-2 text-muted-foreground text-xs sm:hidden">
      <span className="flex items-center gap-2">
        Role <RoleSelect user={user} />
      </span>
      <span className="flex items-center gap-2">
        Limits <ChangeLimits user={user} />
      </span>
      <Labelled words="Internal">
        <InternalSwitch user={user} />
      </Labelled>
      <Labelled words="May sign in">
        <StandingSwitch user={user} />
      </Labelled>
    </div>
  );
}

export function UserTable({ users, ownId }: { users: readonly ListedUserView[]; ownId: string }) {
  return (
    <Table aria-label="Users">
      <TableHeader>
        <tr>
          <TableHead>User</TableHead>
          <TableHead className="max-sm:hidden">Role</TableHead>
          {limitFieldNames.map((name) => (
            <TableHead key={name} numeric className="max-lg:hidden">
              {limitHeads[name]}
            </TableHead>
          ))}
          <TableHead numeric className="max-xl:hidden">
            Credits a week
          </TableHead>
          <TableHead className="max-sm:hidden">Limits</TableHead>
          <TableHead className="max-sm:hidden">Internal</TableHead>
          <TableHead className="max-sm:hidden">May sign in</TableHead>
          <TableHead className="max-xl:hidden">Joined</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {users.map((user) => (
          <TableRow key={user.id}>
            <TableCell className="max-lg:min-w-56">
              <span className="inline-flex items-center gap-2 font-medium">
                {user.username}
                {user.id === ownId ? <Badge>you</Badge> : null}
                {user.disabled ? <Badge tone="warn">disabled</Badge> : null}
              </span>
              <span className="block max-w-56 truncate text-muted-foreground text-xs" title={user.email}>
                {user.email}
              </span>
              <TableSecondLine className="lg:hidden">
                {limitFieldNames.map((name, place) => (
                  <Fragment key={name}>
                    {place > 0 ? " · " : null}
                    <span className="whitespace-nowrap">
                      {limitHeads[name]} {limitInLine(name, user)}
                    </span>
                  </Fragment>
                ))}
              </TableSecondLine>
              <Controls user={user} />
            </TableCell>
            <TableCell className="max-sm:hidden">
              <RoleSelect user={user} />
            </TableCell>
            {limitFieldNames.map((name) => (
              <TableCell
                key={name}
                numeric
                className={
                  user[name] === null
                    ? "whitespace-nowrap text-muted-foreground text-xs max-lg:hidden"
                    : "whitespace-nowrap font-mono text-xs max-lg:hidden"
                }
              >
                <span>{limitWords(name, user)}</span>
                <Used name={name} user={user} />
              </TableCell>
            ))}
            <TableCell
              numeric
              className={
                user.weeklyBudget === null
                  ? "text-muted-foreground text-xs max-xl:hidden"
                  : "font-mono text-xs max-xl:hidden"
              }
            >
              {user.weeklyBudget ?? "default"}
            </TableCell>
            <TableCell className="max-sm:hidden">
              <ChangeLimits user={user} />
            </TableCell>
            <TableCell className="max-sm:hidden">
              <InternalSwitch user={user} />
            </TableCell>
            <TableCell className="max-sm:hidden">
              <StandingSwitch user={user} />
            </TableCell>
            <TableCell className="whitespace-nowrap max-xl:hidden">
              <Time value={user.createdAt} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
