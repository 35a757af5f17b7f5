"use client";

import { type FormEvent, useState, useTransition } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { type ToastOptions, toast } from "@/components/ui/toast-store";
import type { UserView } from "@/lib/auth/model";
import { useUpdateUser } from "./use-update-user";

/** The limit in its cell; Save appears in a place of its own once it differs, and the old value can be had back. */
export function MaxSessionsField({ user }: { user: UserView }) {
  const [value, setValue] = useState(String(user.maxSessions));
  const [busy, start] = useTransition();
  const update = useUpdateUser();
  const changed = value !== String(user.maxSessions);
  const before = user.maxSessions;
  const set = async (maxSessions: number, options?: ToastOptions) => {
    const result = await update({ id: user.id, maxSessions });
    if (result.ok) toast.success(`${user.username} may have ${maxSessions} at once`, options);
    else toast.error(result.problem.detail);
    return result.ok;
  };
  const save = async (maxSessions: number) => {
    const undo = { label: "Undo", onPress: () => start(async () => void (await set(before))) };
    if (!(await set(maxSessions, { action: undo }))) setValue(String(before));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed && !busy) start(() => save(Number(value)));
  };
  return (
    <form onSubmit={submit} className="flex items-center gap-2">
      <Input
        type="number"
        min={0}
        max={1000}
        step={1}
        required
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setValue(String(user.maxSessions))}
        aria-label={`Sessions ${user.username} may have at once`}
        className="h-7 w-18 font-mono"
      />
      <Button type="submit" size="sm" busy={busy} className={changed ? undefined : "invisible"}>
        Save
      </Button>
    </form>
  );
}
