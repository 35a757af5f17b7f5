"use client";

import { useActionState } from "react";
import { called } from "./called";
import { type FormState, untouched, valuesOf } from "./form-state";

/**
 * `useActionState` for a form's server action, which keeps what was typed when the lab doesn't answer.
 * @returns the state, what the form's `action` is, and whether it runs just now
 */
export function useFormAction<Data>(
  action: (previous: FormState<Data>, form: FormData) => Promise<FormState<Data>>,
) {
  const submit = async (previous: FormState<Data>, form: FormData): Promise<FormState<Data>> => {
    const answer = await called(() => action(previous, form));
    return "ok" in answer ? { problem: answer.problem, data: null, values: valuesOf(form) } : answer;
  };
  return useActionState<FormState<Data>, FormData>(submit, untouched);
}
