"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { safeReturnPath } from "@/components/auth/return-path";
import { type FormState, textOf } from "@/components/forms/form-state";
import { lastLaunchCookie } from "@/components/sessions/last-launch";
import { type ActionResult, runAction } from "@/lib/api/action";

/** Signs in and goes to where the person was headed. */
export async function login(_previous: FormState, form: FormData): Promise<FormState> {
  const values = { login: textOf(form, "login") };
  const result = await runAction("auth.login", (api) =>
    api.auth.login({ ...values, password: textOf(form, "password") }),
  );
  if (!result.ok) return { problem: result.problem, data: null, values };
  redirect(safeReturnPath(form.get("next")));
}

/** Makes the account, which also signs in. */
export async function register(_previous: FormState, form: FormData): Promise<FormState> {
  const values = { username: textOf(form, "username"), email: textOf(form, "email") };
  const result = await runAction("auth.register", (api) =>
    api.auth.register({ ...values, password: textOf(form, "password") }),
  );
  if (!result.ok) return { problem: result.problem, data: null, values };
  // A new person has launched nothing: it is of whoever used this browser before.
  (await cookies()).delete(lastLaunchCookie);
  redirect(safeReturnPath(form.get("next")));
}

/** Ends this login and forgets what was launched last. A failure leaves both, and comes back to be told. */
export async function logout(): Promise<ActionResult<unknown>> {
  const result = await runAction("auth.logout", (api) => api.auth.logout());
  if (!result.ok) return result;
  (await cookies()).delete(lastLaunchCookie);
  redirect("/");
}
