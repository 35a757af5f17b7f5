import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { DialogClose, DialogFooter } from "@/components/ui/dialog";

/** What the form in a dialog ends with: the way out, and its one primary action, named by `children`. */
export function FormDialogFooter({ busy, children }: { busy: boolean; children: ReactNode }) {
  return (
    <DialogFooter>
      <DialogClose asChild>
        <Button disabled={busy}>Cancel</Button>
      </DialogClose>
      <Button type="submit" variant="primary" busy={busy}>
        {children}
      </Button>
    </DialogFooter>
  );
}
