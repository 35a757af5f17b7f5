"use client";

import { Eye } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { size } from "@/lib/kernel/size";
import { mostBytes } from "./bytes";
import type { MaskPanelProps } from "./mask-panel-props";
import { Drawing } from "./viewer-state";

/** Comes when somebody first looks. */
const MaskViewer = dynamic(() => import("./mask-viewer").then((module) => module.MaskViewer), {
  ssr: false,
  loading: () => <Drawing />,
});

/** One's own masks beside the truth, where the competition shows that. */
export function MaskPanel(props: MaskPanelProps) {
  const [isOpen, setOpen] = useState(false);
  const { submission, competition, cases } = props;
  const { task, evaluation, showsPublicTruth } = competition;
  if (task !== "masks" || !showsPublicTruth || evaluation === null || cases.length === 0) return null;
  const isTooLarge = submission.bytes > mostBytes.sent;
  return (
    <Panel
      title="Beside the truth"
      description={`Each of the ${cases.length} cases with its image, the truth and this submission's mask`}
      actions={
        isOpen || isTooLarge ? null : (
          <Button size="sm" onClick={() => setOpen(true)}>
            <Eye aria-hidden />
            Look at the masks
          </Button>
        )
      }
    >
      {isTooLarge ? (
        <p className="text-muted-foreground text-sm">
          The submission has {size(submission.bytes)}, and up to {size(mostBytes.sent)} are shown here.
        </p>
      ) : isOpen ? (
        <MaskViewer {...props} evaluation={evaluation} />
      ) : (
        <p className="text-muted-foreground text-sm">
          {size(submission.bytes)} of this submission are read again, here in the browser.
        </p>
      )}
    </Panel>
  );
}
