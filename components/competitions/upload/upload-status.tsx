import { ProblemNotice } from "@/components/forms/problem-notice";
import { Notice } from "@/components/ui/notice";
import { UploadProgress } from "./upload-progress";
import type { OneUpload } from "./upload-provider";
import { isUnderWay } from "./upload-state";

/** What there is to know of an upload that is not all there: why it was refused, where it stopped, how far it is. */
export function UploadStatus({ upload }: { upload: OneUpload }) {
  const { state, leftBehind } = upload;
  return (
    <>
      {state.at === "refused" ? <ProblemNotice problem={state.problem} /> : null}
      {leftBehind ? (
        <Notice tone="idle" title={`${leftBehind.percent} % of ${leftBehind.name} is there`}>
          Choose the same file again, and it goes on from there.
        </Notice>
      ) : null}
      {isUnderWay(state) ? (
        <UploadProgress
          state={state}
          onPause={upload.pause}
          onResume={upload.resume}
          onCancel={upload.cancel}
        />
      ) : null}
    </>
  );
}
