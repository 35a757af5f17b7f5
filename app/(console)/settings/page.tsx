import type { Metadata } from "next";
import { ApiTokensPanel } from "@/components/account/api-tokens-panel";
import { LimitsPanel } from "@/components/account/limits-panel";
import { PasswordPanel } from "@/components/account/password-panel";
import { SshKeysPanel } from "@/components/account/ssh-keys-panel";
import { SshTrustPanel } from "@/components/account/ssh-trust-panel";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi, getSurface } from "@/lib/api/server";
import { urlOfSurface } from "@/lib/kernel/surface";
import { requireViewer } from "../require-viewer";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requireViewer();
  const { surface, urls } = await getSurface();
  const api = await getServerApi();
  const [me, keys, sshCa, tokens, limits] = await Promise.all([
    api.me.get(),
    api.me.sshKeys.list(),
    api.sshCa(),
    api.me.apiTokens.list(),
    api.me.limits(),
  ]);
  return (
    <>
      <PageHeader
        title="Settings"
        description={
          <>
            {me.data.username} · {me.data.email}
          </>
        }
      />
      <div className="flex max-w-4xl flex-col gap-6">
        <SshKeysPanel keys={keys.data} />
        <SshTrustPanel sshCa={sshCa.data} />
        <ApiTokensPanel tokens={tokens.data} labUrl={urlOfSurface(surface, urls) ?? urls.url} />
        <LimitsPanel limits={limits.data} />
        <PasswordPanel username={me.data.username} />
      </div>
    </>
  );
}
