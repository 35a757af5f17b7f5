import { removeSshKey } from "@/app/(console)/settings/actions";
import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
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
import type { SshKeyView } from "@/lib/auth/model";
import { AddSshKeyForm } from "./add-ssh-key-form";
import { ConfirmRemoval } from "./confirm-removal";
import { SshKeyHowTo } from "./ssh-key-how-to";

/** The keys that open the owner's sessions, and how to add one. */
export function SshKeysPanel({ keys }: { keys: readonly SshKeyView[] }) {
  return (
    <Panel
      id="ssh-keys"
      title="SSH keys"
      description="Any of these opens all your sessions. Changes reach running sessions within seconds."
      inset="flush"
    >
      {keys.length > 0 ? <KeyTable keys={keys} /> : null}
      <div className="grid gap-x-8 gap-y-6 p-4 lg:grid-cols-2">
        <AddSshKeyForm />
        <div className="max-lg:border-border max-lg:border-t max-lg:pt-4 lg:border-border lg:border-l lg:pl-8">
          <SshKeyHowTo />
        </div>
      </div>
    </Panel>
  );
}

function KeyTable({ keys }: { keys: readonly SshKeyView[] }) {
  return (
    <div className="border-border border-b">
      <Table aria-label="SSH keys">
        <TableHeader>
          <TableRow>
            <TableHead>Name</TableHead>
            <TableHead className="max-sm:hidden">Type</TableHead>
            <TableHead>Fingerprint</TableHead>
            <TableHead className="max-sm:hidden">Added</TableHead>
            <TableHead>
              <span className="sr-only">Remove</span>
            </TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {keys.map((key) => (
            <TableRow key={key.id}>
              <TableCell className="max-w-32 font-medium sm:max-w-48">
                <p className="truncate">{key.name}</p>
                <TableSecondLine className="font-normal sm:hidden">
                  {keyType(key)}, added <Time value={key.createdAt} show="relative" />
                </TableSecondLine>
              </TableCell>
              <TableCell className="whitespace-nowrap font-mono text-xs max-sm:hidden">
                {keyType(key)}
              </TableCell>
              <TableCell>
                <span className="flex items-center gap-1">
                  <code
                    className="block max-w-18 truncate sm:max-w-56 font-mono text-xs"
                    title={key.fingerprint}
                  >
                    {key.fingerprint}
                  </code>
                  <CopyButton text={key.fingerprint} label={`Copy fingerprint of ${key.name}`} />
                </span>
              </TableCell>
              <TableCell className="max-sm:hidden">
                <Time value={key.createdAt} />
              </TableCell>
              <TableActions>
                <ConfirmRemoval
                  verb="Remove"
                  thing={`SSH key ${key.name}`}
                  consequence="New connections with it are refused, in running sessions too. Connections that are open stay open."
                  done={`SSH key ${key.name} removed`}
                  act={removeSshKey.bind(null, key.id)}
                />
              </TableActions>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

/** "ed25519" or "rsa 4096": the bits tell something for RSA alone. */
function keyType(key: SshKeyView): string {
  const short = key.type.replace(/^ssh-/, "").replace(/@openssh\.com$/, "");
  return short === "rsa" ? `rsa ${key.bits}` : short;
}
