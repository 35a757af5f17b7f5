import type { Metadata } from "next";
import { ApiTokensPanel } from "@/components/account/api-tokens-panel";
import { PasswordPanel } from "@/components/account/password-panel";
import { SshKeysPanel } from "@/components/account/ssh-keys-panel";
import { SshTrustPanel } from "@/components/account/ssh-trust-panel";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { webEnv } from "@/lib/kernel/env/web";
import { requireViewer } from "../require-viewer";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requireViewer();
  const api = await getServerApi();
  const [me, keys, sshCa, tokens] = await Promise.all([
    api.me.get(),
    api.me.sshKeys.list(),
    api.sshCa(),
    api.me.apiTokens.list(),
  ]);
  return (
    <>
      <PageHeader
        title="Settings"
        description={
          <>
            {me.data.username} · {me.data.email} · up to {me.data.maxSessions} sessions at once
          </>
        }
      />
      <div className="flex max-w-4xl flex-col gap-6">
        <SshKeysPanel keys={keys.data} />
        <SshTrustPanel sshCa={sshCa.data} />
        <ApiTokensPanel tokens={tokens.data} labUrl={webEnv().MEDFORGE_URL} />
        <PasswordPanel username={me.data.username} />
      </div>
    </>
  );
}
