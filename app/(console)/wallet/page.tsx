import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { WalletView } from "@/components/wallet/wallet-view";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../require-viewer";

export const metadata: Metadata = { title: "Wallet" };

export default async function WalletPage() {
  await requireViewer();
  const api = await getServerApi();
  const [wallet, transactions] = await Promise.all([
    api.wallet.get(),
    api.wallet.transactions({ limit: listPageSize }),
  ]);
  return (
    <>
      <PageHeader title="Wallet" description="Credits pay for GPU time; a budget of them comes every week." />
      <WalletView initial={{ wallet, transactions }} />
    </>
  );
}
