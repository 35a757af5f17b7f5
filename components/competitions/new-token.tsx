"use client";

import dynamic from "next/dynamic";
import { Suspense, useState } from "react";
import type { CreateTokenDialogProps } from "@/components/account/create-token-dialog";
import { Button } from "@/components/ui/button";

const CreateTokenDialog = dynamic(() =>
  import("@/components/account/create-token-dialog").then((module) => module.CreateTokenDialog),
);

/** The dialog behind its button, whose code comes with the first press. */
export function NewToken(props: Omit<CreateTokenDialogProps, "initiallyOpen">) {
  const [asked, setAsked] = useState(false);
  const button = (
    <Button size="sm" aria-haspopup="dialog" busy={asked} onClick={() => setAsked(true)}>
      New token
    </Button>
  );
  if (!asked) return button;
  return (
    <Suspense fallback={button}>
      <CreateTokenDialog {...props} initiallyOpen />
    </Suspense>
  );
}
