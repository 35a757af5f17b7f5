"use client";

import { useQuery } from "@tanstack/react-query";
import { fallbackRefetchMs, type ListPage } from "@/components/live/pages";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { StatementLine } from "@/lib/schedule/model";
import type { WalletView as Wallet } from "@/lib/wallet/model";
import { amountText, unitOf } from "./amount";
import { SpendingPanel } from "./spending-panel";
import { Statement } from "./statement";

export interface WalletViewProps {
  initial: { wallet: { data: Wallet; meta: Record<string, never> }; transactions: ListPage<StatementLine> };
}

/** What somebody has, what of it is held, and how it came to that. */
export function WalletView({ initial }: WalletViewProps) {
  const { balances } = useQuery(
    api.wallet.get.queryOptions({ initialData: initial.wallet, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  // Dollars only where there are any.
  const shown = balances.filter(({ currency, posted }) => currency === "CREDIT" || posted !== "0");
  return (
    <div className="flex flex-col gap-4">
      {shown.some(({ frozen }) => frozen) ? (
        <Notice tone="bad" title="This wallet rests">
          Something in its books does not add up, so nothing moves until an administrator has looked into it.
        </Notice>
      ) : null}
      <div className="grid gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <div className="flex flex-col gap-4">
          {shown.map((balance) => (
            <Balance key={balance.currency} {...balance} />
          ))}
        </div>
        <SpendingPanel />
      </div>
      <Statement initial={initial.transactions} />
    </div>
  );
}

const parts = [
  { name: "held", label: "Held for bids and bookings" },
  { name: "posted", label: "Balance" },
] as const;

function Balance({ currency, available, ...rest }: Wallet["balances"][number]) {
  return (
    <Panel aria-label={unitOf(currency)} className="flex-1">
      <p className="text-muted-foreground text-xs">Available</p>
      <p className="flex items-baseline gap-1.5">
        <span className="font-mono font-semibold text-2xl tabular-nums">
          {amountText(available, currency)}
        </span>
        <span className="text-muted-foreground text-sm">{unitOf(currency)}</span>
      </p>
      <dl className="mt-3 flex flex-col gap-1 border-border border-t pt-3 text-sm">
        {parts.map(({ name, label }) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-muted-foreground">{label}</dt>
            <dd className="font-mono tabular-nums">{amountText(rest[name], currency)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
