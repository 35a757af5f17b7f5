"use client";

import { ConfirmAction } from "@/components/forms/confirm-action";
import type { Outcome } from "@/components/forms/use-action";
import { Button } from "@/components/ui/button";

export interface ConfirmRemovalProps {
  /** The verb on the row's button and in the dialog: "Remove", "Revoke". */
  verb: string;
  /** What it acts on, named: "SSH key laptop". */
  thing: string;
  /** What happens then. */
  consequence: string;
  /** Says what has been done, once it has. */
  done: string;
  act: () => Promise<Outcome>;
}

/** A row's removal, asked for once more. */
export function ConfirmRemoval({ verb, thing, consequence, done, act }: ConfirmRemovalProps) {
  return (
    <ConfirmAction
      title={`${verb} ${thing}?`}
      description={consequence}
      confirm={verb}
      cancel="Cancel"
      done={done}
      act={act}
    >
      <Button variant="ghost" size="sm" className="-mr-2.5" aria-label={`${verb} ${thing}`}>
        {verb}
      </Button>
    </ConfirmAction>
  );
}
