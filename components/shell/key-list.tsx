"use client";

import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { placesFor } from "./navigation";
import { showPanel } from "./panels";
import type { Viewer } from "./viewer";

/** What `?` shows: every key there is. */
export function KeyList({ open, viewer }: { open: boolean; viewer: Viewer }) {
  const rows = [
    { keys: ["⌘", "K"], does: "Go to a page or run a command (Ctrl K elsewhere than on a Mac)" },
    { keys: ["l"], does: "To the Launch button; Enter launches" },
    { keys: ["n"], does: "Show or hide the notices" },
    { keys: ["?"], does: "Show this list" },
    { keys: ["Esc"], does: "Close what is open" },
    ...placesFor(viewer.role).map((place) => ({ keys: ["g", place.key], does: `Go to ${place.label}` })),
  ];
  return (
    <Dialog open={open} onOpenChange={(next) => showPanel(next ? "keys" : null)}>
      <DialogContent title="Keyboard shortcuts" width="sm">
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
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}
