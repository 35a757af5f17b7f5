"use client";

import { useState } from "react";
import { Panel } from "@/components/ui/panel";
import { ImportProgress } from "./import/import-progress";
import { ImportUpload } from "./import/import-upload";

/** The first evaluation of a competition that has none, or its next version. */
export function AddEvaluation({ slug, isFirst }: { slug: string; isFirst: boolean }) {
  const [importId, setImportId] = useState<string | null>(null);
  if (importId !== null) return <ImportProgress id={importId} onAnother={() => setImportId(null)} />;
  return (
    <Panel
      title={isFirst ? "Add its evaluation" : "New evaluation"}
      description={
        isFirst
          ? "What submissions are scored by"
          : "Another truth, manifest or sample; once you let it take force, every submission is scored anew into a new board"
      }
    >
      <ImportUpload
        target={slug}
        hint="A zip with evaluation.json, private/truth.csv as its task wants it, and public/sample_submission; private/checks.json if there is one."
        onArrived={setImportId}
      />
    </Panel>
  );
}
