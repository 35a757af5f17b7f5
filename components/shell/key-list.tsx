"use client";

import { useId } from "react";
import { useReturnFocus } from "@/components/forms/return-focus";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import { placesFor } from "./navigation";
import { showPanel } from "./panels";
import { setSingleKeys, useSingleKeys } from "./single-keys";
import type { Viewer } from "./viewer";

/** What `?` shows: every key there is. */
export function KeyList({ open, viewer }: { open: boolean; viewer: Viewer }) {
  const focus = useReturnFocus();
  const rows = [
    { keys: ["⌘", "K"], does: "Go to a page or run a command (Ctrl K elsewhere than on a Mac)" },
    { keys: ["l"], does: "To the Launch button; Enter launches" },
    { keys: ["n"], does: "Show or hide the notices" },
    { keys: ["?"], does: "Show this list" },
    { keys: ["Esc"], does: "Close what is open" },
    {
      keys: ["Space"],
      does: "In a calendar of hours: select one or let go of it; Shift with an arrow reaches on",
    },
    { keys: ["Enter"], does: "In a calendar of hours: bid on what is selected, take or book it" },
    ...placesFor(viewer).map((place) => ({ keys: ["g", place.key], does: `Go to ${place.label}` })),
  ];
  return (
    <Dialog open={open} onOpenChange={(next) => showPanel(next ? "keys" : null)}>
      <DialogContent title="Keyboard shortcuts" width="sm" {...focus}>
        <DialogBody>
          <dl className="flex flex-col">
            {rows.map((row) => (
              <div
                key={row.does}
                className="flex items-center justify-between gap-6 border-border border-b py-2 last:border-0"
              >
                <dt className="order-2 flex shrink-0 gap-1">
                  {row.keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </dt>
                <dd className="text-sm">{row.does}</dd>
              </div>
            ))}
          </dl>
          <SingleKeysSwitch />
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}

function SingleKeysSwitch() {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-6">
      <div>
        <Label htmlFor={id}>Keys that work alone</Label>
        <p className="text-muted-foreground text-xs">
          Off, only ⌘K stays; this list is in the account menu too.
        </p>
      </div>
      <Switch id={id} checked={useSingleKeys()} onCheckedChange={setSingleKeys} />
    </div>
  );
}
