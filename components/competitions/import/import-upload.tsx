"use client";

import { useEffect, useMemo, useRef } from "react";
import { Announcement } from "@/components/ui/announcement";
import { maxImportBytes } from "@/lib/competitions/bound-rules";
import { size } from "@/lib/kernel/size";
import { DropZone } from "../upload/drop-zone";
import type { UploadPurpose } from "../upload/transfer";
import { uploadWords } from "../upload/upload-progress";
import { UploadProvider, useUpload } from "../upload/upload-provider";
import { isUnderWay } from "../upload/upload-state";
import { UploadStatus } from "../upload/upload-status";

export interface ImportUploadProps {
  /** The competition that it is an evaluation for; null for a whole competition. */
  target: string | null;
  /** What the zip holds, in a sentence. */
  hint: string;
  onArrived: (importId: string) => void;
}

function purposeOf(target: string | null): UploadPurpose {
  const header = "Medforge-Import";
  if (target === null) return { key: "new competition", metadata: { purpose: "competition" }, header };
  return { key: `evaluation of ${target}`, metadata: { purpose: "evaluation", slug: target }, header };
}

/** Takes a folder as a zip, in parts; who has it read is told where. */
export function ImportUpload({ target, ...box }: ImportUploadProps) {
  const purpose = useMemo(() => purposeOf(target), [target]);
  return (
    <UploadProvider purpose={purpose}>
      <ImportBox {...box} />
    </UploadProvider>
  );
}

function ImportBox({ hint, onArrived }: Omit<ImportUploadProps, "target">) {
  const upload = useUpload();
  const { state } = upload;
  const arrived = state.at === "accepted" ? state.id : null;
  const tell = useRef(onArrived);
  useEffect(() => {
    tell.current = onArrived;
  }, [onArrived]);
  useEffect(() => {
    if (arrived !== null) tell.current(arrived);
  }, [arrived]);
  return (
    <div className="flex flex-col gap-3">
      <Announcement>{isUnderWay(state) ? `${state.file.name}: ${uploadWords(state)}` : null}</Announcement>
      <UploadStatus upload={upload} />
      {isUnderWay(state) ? null : (
        <DropZone
          accept=".zip,application/zip"
          label="The zip to bring in"
          hint={`${hint} At most ${size(maxImportBytes)}. After a lost connection it goes on where it was.`}
          disabled={state.at === "accepted"}
          onFile={(file) => upload.begin(file, maxImportBytes)}
        />
      )}
    </div>
  );
}
