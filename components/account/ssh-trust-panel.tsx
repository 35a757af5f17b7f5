import { CodeBlock } from "@/components/ui/code-block";
import { Panel } from "@/components/ui/panel";
import type { SshCaView } from "@/lib/sessions/model";

/** What lets ssh know every session's host for what it is, without a question at the first login. */
export function SshTrustPanel({ sshCa }: { sshCa: SshCaView }) {
  return (
    <Panel
      id="ssh-trust"
      title="Trust in sessions' host keys"
      description="Once per computer: ssh then asks about no session's key, and refuses one that is not this lab's."
    >
      <div className="flex flex-col gap-4">
        <div>
          <h3 className="mb-1.5 font-medium text-sm">For ~/.ssh/known_hosts</h3>
          {sshCa.knownHosts === null ? (
            <p className="text-muted-foreground text-sm">
              No GPU host has reported yet. The line is here as soon as one has.
            </p>
          ) : (
            <CodeBlock code={sshCa.knownHosts} label="known_hosts line" />
          )}
        </div>
        <div>
          <h3 className="mb-1.5 font-medium text-sm">For ~/.ssh/config, below the sessions' own blocks</h3>
          <CodeBlock code={sshCa.config} label="ssh config block for all sessions" />
        </div>
      </div>
    </Panel>
  );
}
