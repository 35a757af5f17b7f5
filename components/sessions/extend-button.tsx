"use client";

import dynamic from "next/dynamic";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import type { SessionView } from "@/lib/sessions/model";

const ExtendDialog = dynamic(() => import("./extend-dialog").then((module) => module.ExtendDialog));

/** Beside the countdown: more time, as far as its owner's limits go. */
export function ExtendButton({ session }: { session: SessionView }) {
  return (
    <OpensDialog button={<Button>Extend</Button>}>
      {(state) => <ExtendDialog session={session} {...state} />}
    </OpensDialog>
  );
}
