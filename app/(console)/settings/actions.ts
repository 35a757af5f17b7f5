"use server";

import { revalidatePath } from "next/cache";
import { type FormState, textOf } from "@/components/forms/form-state";
import { type ActionResult, runAction } from "@/lib/api/action";
import type { CreatedApiTokenView, SshKeyView } from "@/lib/auth/model";

const settingsPath = "/settings";

/** Adds a public key; running sessions get it too. */
export async function addSshKey(
  _previous: FormState<SshKeyView>,
  form: FormData,
): Promise<FormState<SshKeyView>> {
  const values = { name: textOf(form, "name"), publicKey: textOf(form, "publicKey") };
  const result = await runAction("me.sshKeys.add", (api) => api.me.sshKeys.add(values));
  if (!result.ok) return { problem: result.problem, data: null, values };
  revalidatePath(settingsPath);
  return { problem: null, data: result.data, values: {} };
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
  const days = Number(values.expiresInDays);
  const expiresAt = days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined;
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
