"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useState, useTransition } from "react";
import { createWorkspace } from "@/app/(console)/workspaces/actions";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogBody,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api } from "@/lib/api/client";

/** The palette's "Create a workspace" leads to this hash. */
const newHash = "#new";

/** A name and a quota; then on to the new workspace's page. */
export function CreateWorkspaceDialog({ defaultQuotaGb }: { defaultQuotaGb: number }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const openIfAsked = () => window.location.hash === newHash && setOpen(true);
    openIfAsked();
    window.addEventListener("hashchange", openIfAsked);
    return () => window.removeEventListener("hashchange", openIfAsked);
  }, []);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        // Or the same palette command would find the hash already there and nothing would happen.
        if (!next && window.location.hash === newHash)
          window.history.replaceState(null, "", window.location.pathname);
      }}
    >
      <DialogTrigger asChild>
        <Button variant="primary">New workspace</Button>
      </DialogTrigger>
      <DialogContent
        title="New workspace"
        description="A folder of its own with snapshots. It takes no GPU until you launch on it."
      >
        <CreateForm defaultQuotaGb={defaultQuotaGb} />
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ defaultQuotaGb }: { defaultQuotaGb: number }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const create = async (form: FormData) => {
    const quota = Number(form.get("quotaGb"));
    const result = await createWorkspace({ name: String(form.get("name") ?? ""), quotaGb: quota });
    if (!result.ok) return setProblem(result.problem);
    await queryClient.invalidateQueries({ queryKey: api.workspaces.key() });
    router.push(`/workspaces/${result.data.id}`);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (!busy) start(() => create(form));
  };
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <Field
          label="Name"
          hint="For you alone; letters, digits, space, . _ and -"
          error={problem?.errors?.name}
        >
          {(control) => (
            <Input {...control} name="name" maxLength={40} autoComplete="off" spellCheck={false} autoFocus />
          )}
        </Field>
        <Field
          label="Quota in GB"
          hint="The most it may hold, snapshots not counted."
          error={problem?.errors?.quotaGb}
        >
          {(control) => (
            <Input
              {...control}
              name="quotaGb"
              type="number"
              min={1}
              max={2000}
              step={1}
              defaultValue={defaultQuotaGb}
              className="font-mono"
            />
          )}
        </Field>
        <ProblemNotice problem={problem} fields={["name", "quotaGb"]} />
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" busy={busy}>
          {busy ? "Creating" : "Create"}
        </Button>
      </DialogFooter>
    </form>
  );
}
