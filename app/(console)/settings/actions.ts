"use server";

import { revalidatePath } from "next/cache";
import { tokenExpiry } from "@/components/account/token-expiry";
import { type FormState, textOf } from "@/components/forms/form-state";
import { type ActionResult, runAction } from "@/lib/api/action";
import type { CreatedApiTokenView, SshKeyView } from "@/lib/auth/model";

const settingsPath = "/settings";

/** Adds a public key; running sessions get it too. */
export async function addSshKey(input: {
  name: string;
  publicKey: string;
}): Promise<ActionResult<SshKeyView>> {
  const result = await runAction("me.sshKeys.add", (api) => api.me.sshKeys.add(input));
  if (result.ok) revalidatePath(settingsPath);
  return result;
}

/** Removes a public key; running sessions stop accepting it. */
export async function removeSshKey(id: string): Promise<ActionResult<unknown>> {
  const result = await runAction("me.sshKeys.remove", (api) => api.me.sshKeys.remove({ id }));
  if (result.ok) revalidatePath(settingsPath);
  return result;
}

/** Makes a token; what comes back holds its secret, for this one time. */
export async function createApiToken(
  _previous: FormState<CreatedApiTokenView>,
  form: FormData,
): Promise<FormState<CreatedApiTokenView>> {
  const values = { name: textOf(form, "name"), expiresInDays: textOf(form, "expiresInDays") };
  const expiresAt = tokenExpiry(values.expiresInDays, new Date());
  const result = await runAction("me.apiTokens.create", (api) =>
    api.me.apiTokens.create({ name: values.name, expiresAt }),
  );
  if (!result.ok) return { problem: result.problem, data: null, values };
  revalidatePath(settingsPath);
  return { problem: null, data: result.data, values: {} };
}

/** Revokes a token: the next request with it is refused. */
export async function removeApiToken(id: string): Promise<ActionResult<unknown>> {
  const result = await runAction("me.apiTokens.remove", (api) => api.me.apiTokens.remove({ id }));
  if (result.ok) revalidatePath(settingsPath);
  return result;
}

/** Changes the password and ends every other login. */
export async function changePassword(_previous: FormState<true>, form: FormData): Promise<FormState<true>> {
  const result = await runAction("me.changePassword", (api) =>
    api.me.changePassword({
      currentPassword: textOf(form, "currentPassword"),
      newPassword: textOf(form, "newPassword"),
    }),
  );
  return result.ok
    ? { problem: null, data: true, values: {} }
    : { problem: result.problem, data: null, values: {} };
}
