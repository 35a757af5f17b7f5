import { z } from "zod";
import { sshKeyView } from "@/lib/auth/model";
import { operationView, workspaceView } from "@/lib/workspaces/model";
import { type Cast, freshToken } from "./access";
import type { Api } from "./api";
import { change } from "./database";
import { finished, launch, stop } from "./lab";
import {
  admin,
  freshName,
  grantInternal,
  login,
  makeKey,
  newcomer,
  newHome,
  newPerson,
  type Person,
} from "./people";

/** The callers of the access table besides those who sign in afresh. */
export interface Ensemble extends Cast {
  disabled: Person;
  /** The same at the internal address. */
  disabledInside: Api;
  /** API tokens by the caller that sends them. */
  tokens: Record<string, string>;
}

/** Everyone with something of their own, one account disabled, tokens of every standing. */
export async function assemble(): Promise<Ensemble> {
  const [ana, eve, disabled] = [await newPerson("ana"), await newPerson("eve"), await newcomer("gone")];
  const boss = await admin();
  const publicKey = await makeKey(newHome());
  await boss.call(sshKeyView, "POST", "me/ssh-keys", { name: freshName("k"), publicKey });
  const { slug } = await launch(ana, { workspaceName: "reading-room" });
  const session = await stop(ana.api, slug);
  const snapshot = `external/workspaces/${session.workspace.id}/snapshots`;
  const operation = await finished(ana.api, await ana.api.call(operationView, "POST", snapshot, {}));

  await grantInternal(ana);
  const anaInside = await login(ana.username, ana.password, "internal");
  const inside = await anaInside.call(workspaceView, "POST", "internal/workspaces", { name: freshName("w") });
  const atWork = await launch({ ...ana, api: anaInside }, { workspaceId: inside.id });
  const sessionInside = await stop(anaInside, atWork.slug);
  const disabledInside = await login(disabled.username, disabled.password, "internal");

  const revoked = await freshToken(ana.api);
  await ana.api.call(z.unknown(), "DELETE", `me/api-tokens/${revoked.id}`);
  const expired = await freshToken(ana.api, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  await change("UPDATE api_tokens SET expires_at = UTC_TIMESTAMP(3) WHERE public_id = ?", [expired.id]);
  const tokens = {
    token: (await freshToken(ana.api)).token,
    "admin's token": (await freshToken(boss)).token,
    "revoked token": revoked.token,
    "expired token": expired.token,
    "disabled user's token": (await freshToken(disabled.api)).token,
  };
  await boss.call(z.unknown(), "PATCH", `admin/users/${disabled.id}`, { disabled: true });
  return { ana, anaInside, eve, disabled, disabledInside, session, inside, sessionInside, operation, tokens };
}
