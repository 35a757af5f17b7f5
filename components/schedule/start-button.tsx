"use client";

import dynamic from "next/dynamic";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import type { SlotInput } from "@/lib/schedule/model";

const StartDialog = dynamic(() => import("./start-dialog").then((module) => module.StartDialog));

export interface StartButtonProps {
  /** An hour to come that is the reader's. */
  slot: SlotInput;
  /** "GPU 3, Sat 5 Dec 14:00" */
  name: string;
  /** When their hours that begin with it end; null where that is not known. */
  until: string | null;
}

/** Has a session start by itself when an hour begins, or changes what was asked for. */
export function StartButton({ slot, name, until }: StartButtonProps) {
  return (
    <OpensDialog button={<Button>Start by itself</Button>}>
      {(state) => <StartDialog slot={slot} name={name} until={until} {...state} />}
    </OpensDialog>
  );
}
