"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createMonitor } from "@/app/(console)/admin/actions";
import { TokenOnce } from "@/components/account/token-once";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { useLabCurl } from "@/components/surface/lab-curl";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { api } from "@/lib/api/client";
import type { NodeView } from "@/lib/fleet/model";
import type { CreatedMonitorView } from "@/lib/usage/model";

export interface MonitorDialogProps extends DialogState {
  nodes: readonly NodeView[];
  labUrl: string;
}

/** Makes a monitor's token, and shows it this once. */
export function MonitorDialog({ nodes, labUrl, ...state }: MonitorDialogProps) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  const [made, setMade] = useState<CreatedMonitorView | null>(null);
  const change = (open: boolean) => {
    dialog.onOpenChange(open);
    // The next time a new one is made: no secret is shown again.
    if (!open) setMade(null);
  };
  return (
    <Dialog open={dialog.open} onOpenChange={change}>
      {made ? (
        <DialogContent
          title={`Monitor ${made.name}`}
          description="This is the only time its token is shown."
          // Nothing but the button that says so may lose the secret.
          locked
          {...focus}
        >
          <MonitorToken monitor={made} labUrl={labUrl} />
        </DialogContent>
      ) : (
        <DialogContent
          title="New monitor"
          description="Name it after the program that will report."
          // Closed now, it would be made and its secret never seen.
          locked={action.busy}
          {...focus}
        >
          <MonitorForm nodes={nodes} onMade={setMade} {...action} />
        </DialogContent>
      )}
    </Dialog>
  );
}

function MonitorToken({ monitor, labUrl }: { monitor: CreatedMonitorView; labUrl: string }) {
  const curl = useLabCurl();
  const { origin } = new URL(labUrl);
  const report = String.raw`{\"timestamp\": \"$(date -u +%FT%TZ)\", \"usage\": {\"0\": [\"ana\"]}}`;
  const example = (token: string) =>
    `${curl} -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d "${report}" ${origin}/api/v2/gpu-status`;
  return <TokenOnce token={monitor.token} labUrl={labUrl} example={example} />;
}

interface MonitorFormProps extends DialogAction {
  nodes: readonly NodeView[];
  onMade: (monitor: CreatedMonitorView) => void;
}

function MonitorForm({ nodes, onMade, busy, problem, run }: MonitorFormProps) {
  const queryClient = useQueryClient();
  const create = async (form: FormData) => {
    const input = { name: String(form.get("name") ?? ""), nodeId: String(form.get("nodeId") ?? "") };
    const result = await createMonitor(input);
    if (!result.ok) return result;
    onMade(result.data);
    await queryClient.invalidateQueries({ queryKey: api.admin.monitors.key() });
    return result;
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    run(() => create(form));
  };
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <Field label="Name" error={problem?.errors?.name}>
          {(control) => <Input {...control} name="name" maxLength={64} autoComplete="off" />}
        </Field>
        <Field
          label="Server"
          hint="It reports for this server’s GPUs alone, by their numbers."
          error={problem?.errors?.nodeId}
        >
          {(control) => (
            <Select {...control} name="nodeId">
              {nodes.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <ProblemNotice problem={problem} fields={["name", "nodeId"]} />
      </DialogBody>
      <FormDialogFooter busy={busy}>{busy ? "Creating" : "Create token"}</FormDialogFooter>
    </form>
  );
}
