import { removeApiToken } from "@/app/(console)/settings/actions";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
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
import type { ApiTokenView } from "@/lib/auth/model";
import { ConfirmRemoval } from "./confirm-removal";
import { CreateTokenDialog } from "./create-token-dialog";
import { ExpiryCell } from "./expiry-cell";

/** Tokens for scripts; their secrets are shown once, when made. */
export function ApiTokensPanel({ tokens, labUrl }: { tokens: readonly ApiTokenView[]; labUrl: string }) {
  return (
    <Panel
      id="api-tokens"
      title="API tokens"
      description="For scripts: a token acts as you, but can't manage tokens, SSH keys or your password."
      actions={<CreateTokenDialog labUrl={labUrl} />}
      inset="flush"
    >
      {tokens.length > 0 ? (
        <TokenTable tokens={tokens} />
      ) : (
        <EmptyState title="No tokens">
          Make one to launch and stop sessions from a script. What the API offers is at{" "}
          <a
            className="focus-ring rounded-sm text-link underline underline-offset-4"
            href="/api/v2/spec.json"
          >
            /api/v2/spec.json
          </a>
          .
        </EmptyState>
      )}
    </Panel>
  );
}

function TokenTable({ tokens }: { tokens: readonly ApiTokenView[] }) {
  return (
    <Table aria-label="API tokens">
      <TableHeader>
        <TableRow>
          <TableHead>Name</TableHead>
          <TableHead className="max-sm:hidden">Begins with</TableHead>
          <TableHead>Expires</TableHead>
          <TableHead className="max-sm:hidden">Last used</TableHead>
          <TableHead>
            <span className="sr-only">Revoke</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {tokens.map((token) => (
          <TableRow key={token.id}>
            <TableCell className="max-w-36 font-medium sm:max-w-48">
              <p className="truncate">{token.name}</p>
              <TableSecondLine className="font-normal sm:hidden">
                <span className="font-mono">{token.hint}…</span>, {token.lastUsedAt ? "used " : "never used"}
                {token.lastUsedAt ? <Time value={token.lastUsedAt} show="relative" /> : null}
              </TableSecondLine>
            </TableCell>
            <TableCell className="font-mono text-xs max-sm:hidden">{token.hint}…</TableCell>
            <TableCell>
              {token.expiresAt ? <ExpiryCell at={token.expiresAt} /> : <Badge tone="outline">never</Badge>}
            </TableCell>
            <TableCell className="max-sm:hidden">
              {token.lastUsedAt ? (
                <Time value={token.lastUsedAt} show="relative" />
              ) : (
                <span className="text-muted-foreground">never</span>
              )}
            </TableCell>
            <TableActions>
              <ConfirmRemoval
                verb="Revoke"
                thing={`API token ${token.name}`}
                consequence="The next request with it is refused. This can't be undone."
                done={`API token ${token.name} revoked`}
                act={removeApiToken.bind(null, token.id)}
              />
            </TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
