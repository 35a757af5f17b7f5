"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { shortModel } from "@/components/fleet/gpu";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
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
import type { SessionView } from "@/lib/sessions/model";
import { Ends } from "./ends";
import { GpuName, gpuPlace } from "./gpu-name";
import { SessionBadge } from "./session-badge";
import { isActive } from "./state";

export interface SessionTableProps {
  label: string;
  sessions: readonly SessionView[];
  /** Adds whose it is, for admins, who may see anyone's page. */
  withOwner?: boolean;
  /** The last cell; without it the ssh command to copy. */
  action?: (session: SessionView) => ReactNode;
}

export function SessionTable({ label, sessions, withOwner, action }: SessionTableProps) {
  return (
    <Table aria-label={label}>
      <TableHeader>
        <tr>
          <TableHead>State</TableHead>
          <TableHead>Session</TableHead>
          {withOwner ? <TableHead className="max-sm:hidden">Owner</TableHead> : null}
          <TableHead className={cn(withOwner && "max-sm:hidden")}>Workspace</TableHead>
          <TableHead className="max-sm:hidden">GPU</TableHead>
          <TableHead className="max-md:hidden">Launched</TableHead>
          <TableHead className={cn(withOwner && "max-sm:hidden")}>End</TableHead>
          <TableHead>
            <span className="sr-only">{action ? "Actions" : "Copy the ssh command"}</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {sessions.map((session) => (
          <TableRow key={session.slug}>
            <TableCell>
              <SessionBadge session={session} />
            </TableCell>
            <TableCell className="font-mono text-xs max-sm:min-w-32">
              <SlugLink slug={session.slug} />
              {withOwner && session.exposure === "internal" ? (
                <Badge className="ml-2 font-sans">internal</Badge>
              ) : null}
              <TableSecondLine className="font-sans sm:hidden">
                {withOwner ? `${session.owner} · ${session.workspace.name} · ` : ""}
                {shortModel(session.gpu.model)}, {gpuPlace(session.gpu)}
              </TableSecondLine>
              {withOwner ? (
                <div className="mt-0.5 font-sans sm:hidden">
                  {session.endedAt ? "Ended " : null}
                  <End session={session} />
                </div>
              ) : null}
            </TableCell>
            {withOwner ? <TableCell className="max-sm:hidden">{session.owner}</TableCell> : null}
            <TableCell className={cn("max-w-48 truncate max-sm:max-w-28", withOwner && "max-sm:hidden")}>
              {session.workspace.name}
            </TableCell>
            <TableCell className="max-sm:hidden">
              <GpuName gpu={session.gpu} />
              <TableSecondLine className="whitespace-nowrap">{gpuPlace(session.gpu)}</TableSecondLine>
            </TableCell>
            <TableCell className="whitespace-nowrap max-md:hidden">
              <Time value={session.createdAt} />
            </TableCell>
            <TableCell className={cn(withOwner && "max-sm:hidden")}>
              <End session={session} />
            </TableCell>
            <TableActions>
              {action
                ? action(session)
                : isActive(session) && (
                    <CopyButton
                      text={session.ssh.command}
                      label={`Copy the ssh command of ${session.slug}`}
                    />
                  )}
            </TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** When it ends or ended, and what there is to say of it. */
function End({ session }: { session: SessionView }) {
  return (
    <>
      <span className="sm:whitespace-nowrap">
        <Ends session={session} />
      </span>
      <Why session={session} />
    </>
  );
}

/** What holds it up or why it failed, in its own words. */
function Why({ session }: { session: SessionView }) {
  const text = session.error ?? (isActive(session) ? session.condition : null);
  if (!text) return null;
  return (
    <p className="max-w-72 truncate text-muted-foreground text-xs" title={text}>
      {text}
    </p>
  );
}

function SlugLink({ slug }: { slug: string }) {
  return (
    <Link
      href={`/sessions/${slug}`}
      className="focus-ring rounded-sm text-link underline-offset-4 hover:underline"
    >
      {slug}
    </Link>
  );
}
