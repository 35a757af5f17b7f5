"use client";

import { useQuery } from "@tanstack/react-query";
import { SquareTerminal } from "lucide-react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Panel } from "@/components/ui/panel";
import type { SessionState, SessionView } from "@/lib/sessions/model";
import { hostKeyFingerprint, vscodeLink } from "./state";

/** What the command is good for just now; a session that has ended shows none. */
const readiness: Partial<Record<SessionState, string>> = {
  STARTING: "The command is final; it works as soon as the session is running.",
  RUNNING: "Ready for ssh.",
  STOPPING: "The session is being stopped; ssh no longer answers.",
};

/** How to get in: command, config block, editor, and what to expect of the host key. */
export function ConnectPanel({ session }: { session: SessionView }) {
  const { ssh } = session;
  return (
    <Panel
      title="Connect"
      description={readiness[session.state]}
      actions={
        session.state === "STOPPING" ? null : (
          <Button asChild size="sm">
            <a href={vscodeLink(ssh)}>
              <SquareTerminal aria-hidden />
              Open in VS Code
            </a>
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <CodeBlock code={ssh.command} label="ssh command" prompt />
        <div>
          <h3 className="mb-1.5 font-medium text-sm">For ~/.ssh/config</h3>
          <CodeBlock code={ssh.config} label="ssh config block" />
        </div>
        <HostKey session={session} />
      </div>
    </Panel>
  );
}

/** The host key belongs to the workspace, so the line stays good when the session moves to another port. */
function HostKey({ session }: { session: SessionView }) {
  const { knownHosts } = session.ssh;
  const fingerprint = useQuery({
    queryKey: ["host-key-fingerprint", knownHosts],
    queryFn: () => hostKeyFingerprint(knownHosts ?? ""),
    enabled: knownHosts !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div>
      <h3 className="mb-1.5 font-medium text-sm">Expected host key</h3>
      <p className="mb-1.5 min-h-5 break-all font-mono text-muted-foreground text-xs leading-5">
        {knownHosts === null ? "Made with the workspace, at its first start." : (fingerprint.data ?? " ")}
      </p>
      {knownHosts === null ? (
        // As tall as the line that takes its place, so that nothing below moves.
        <div aria-hidden="true" className="h-9.5 rounded-md border border-border border-dashed bg-sunken" />
      ) : (
        <CodeBlock code={knownHosts} label="known_hosts line" />
      )}
    </div>
  );
}
