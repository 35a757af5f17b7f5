"use client";

import Link from "next/link";
import { CodeBlock } from "@/components/ui/code-block";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import type { SessionView } from "@/lib/sessions/model";
import { Ends } from "./ends";
import { GpuName } from "./gpu-name";
import { SessionBadge } from "./session-badge";

/** The actor's active sessions, each with its command: the glance that answers "how do I get back in". */
export function MySessions({ sessions }: { sessions: readonly SessionView[] }) {
  return (
    <Panel title="My sessions" inset="flush" actions={<AllSessions />}>
      {sessions.length === 0 ? (
        <EmptyState title="None is running">
          Launch starts one with the choices in its panel. About a second later it answers to ssh, with your
          workspace at /workspace.
        </EmptyState>
      ) : (
        <ul>
          {sessions.map((session) => (
            <li
              key={session.slug}
              className="flex flex-col gap-2 border-border border-b px-4 py-3 last:border-0"
            >
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
                <SessionBadge session={session} />
                <Link
                  href={`/sessions/${session.slug}`}
                  className="focus-ring rounded-sm font-medium hover:underline"
                >
                  {session.workspace.name}
                </Link>
                <span className="font-mono text-muted-foreground text-xs">{session.slug}</span>
                <GpuName gpu={session.gpu} />
                <span className="text-xs sm:ml-auto">
                  <Ends session={session} />
                </span>
              </div>
              {session.state === "STOPPING" ? (
                // As tall as the command it takes the place of.
                <p className="flex h-9.5 items-center text-muted-foreground text-xs">
                  It is snapshotted and stopped; ssh no longer answers.
                </p>
              ) : (
                <CodeBlock code={session.ssh.command} label={`ssh command of ${session.slug}`} prompt />
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function AllSessions() {
  return (
    <Link
      href="/sessions"
      className="focus-ring rounded-sm text-link text-xs underline-offset-4 hover:underline"
    >
      All sessions
    </Link>
  );
}
