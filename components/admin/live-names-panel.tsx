"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { updateLabSettings } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Panel } from "@/components/ui/panel";
import { Switch } from "@/components/ui/switch";
import { api } from "@/lib/api/client";
import type { LabSettingsFormProps } from "./lab-settings-form";

/** Whether names leave the lab with the live status, changed after a confirmation. */
export function LiveNamesPanel({ initial }: LabSettingsFormProps) {
  const queryClient = useQueryClient();
  const { publicGpuNames: shown } = useQuery(
    api.admin.settings.get.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  const change = async () => {
    const result = await updateLabSettings({ publicGpuNames: !shown });
    if (result.ok) await queryClient.invalidateQueries({ queryKey: api.admin.settings.key() });
    return result;
  };
  return (
    <Panel title="Live status of GPUs" className="mt-4 max-w-3xl">
      <div className="flex items-start justify-between gap-6">
        <div className="text-sm">
          <p>Show names without signing in</p>
          <p className="mt-1 text-muted-foreground text-xs">
            Anybody who reaches the lab may ask <span className="font-mono">/api/v2/gpu-live-status</span>{" "}
            which GPUs are in use. Who is on them is told to people of the lab alone, unless this is on.
          </p>
        </div>
        <ConfirmAction
          title={shown ? "Keep names in the lab?" : "Show names to anybody?"}
          description={
            shown
              ? "Whoever is not signed in sees which GPUs are in use, and not by whom."
              : "Whoever reaches the lab’s address, signed in or not, sees who holds and who uses each GPU."
          }
          confirm={shown ? "Keep names" : "Show names"}
          cancel="Leave as it is"
          tone={shown ? "primary" : "danger"}
          act={change}
        >
          <Switch checked={shown} aria-label="Show names without signing in" />
        </ConfirmAction>
      </div>
    </Panel>
  );
}
