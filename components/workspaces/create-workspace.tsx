"use client";

import dynamic from "next/dynamic";
import { Suspense, useEffect, useState } from "react";
import { useMayBegin } from "@/components/surface/may-begin";
import { Button } from "@/components/ui/button";

const CreateDialog = dynamic(() => import("./create-dialog").then((module) => module.CreateDialog));

/** The palette's "Create a workspace" leads to this hash. */
const newHash = "#new";

/** A name and a quota; then on to the new workspace's page. */
export function CreateWorkspace({ defaultQuotaGb }: { defaultQuotaGb: number }) {
  const mayBegin = useMayBegin();
  const [open, setOpen] = useState(false);
  const [near, setNear] = useState(false);
  const change = (next: boolean) => {
    setNear(true);
    setOpen(next);
    // Or the same palette command would find the hash already there and nothing would happen.
    if (!next && window.location.hash === newHash) {
      window.history.replaceState(null, "", window.location.pathname);
    }
  };
  useEffect(() => {
    const openIfAsked = () => {
      if (window.location.hash !== newHash) return;
      setNear(true);
      setOpen(true);
    };
    openIfAsked();
    window.addEventListener("hashchange", openIfAsked);
    return () => window.removeEventListener("hashchange", openIfAsked);
  }, []);
  return (
    <>
      <Button
        variant="primary"
        disabled={!mayBegin}
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={() => setNear(true)}
        onFocus={() => setNear(true)}
        onClick={() => change(true)}
      >
        New workspace
      </Button>
      <Suspense fallback={null}>
        {near ? <CreateDialog open={open} onOpenChange={change} defaultQuotaGb={defaultQuotaGb} /> : null}
      </Suspense>
    </>
  );
}
