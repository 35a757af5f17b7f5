import type { Upload } from "tus-js-client";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { refusalOf } from "./refusal";

/** A part as large as the lab takes; what a try that was cut off sends again at most. */
const partBytes = 5 * 2 ** 20;
/** Between tries while the lab can't be reached; each begins where the last one got to. ms */
const retryDelays = [0, 1_000, 2_000, 4_000, ...Array.from({ length: 200 }, () => 8_000)];

export interface TransferEvents {
  /** Bytes that the lab has or that are on their way to it. */
  onProgress: (sentBytes: number) => void;
  /** The lab can't be reached; it is tried again by itself. */
  onWaiting: () => void;
  onRefused: (problem: ShownProblem) => void;
  /** All of it is there. @param submissionId what it became; null where the lab did not say */
  onDone: (submissionId: string | null) => void;
}

export interface TransferTarget {
  /** Where uploads begin. */
  endpoint: string;
  /** The competition's. */
  slug: string;
}

/** A file on its way. */
export interface Transfer {
  pause: () => void;
  resume: () => void;
  /** Gives it up, here and at the lab. */
  cancel: () => void;
}

/**
 * Sends a file by tus 1.0, whose code comes now: in pieces, from where an earlier try of the same file got to, and on
 * after a lost connection.
 * @throws nothing: what fails is told by the events
 */
export async function beginTransfer(
  file: File,
  target: TransferTarget,
  events: TransferEvents,
): Promise<Transfer> {
  const { Upload: TusUpload } = await import("tus-js-client");
  const upload = new TusUpload(file, {
    endpoint: target.endpoint,
    metadata: { filename: file.name, slug: target.slug },
    // A file of the same name and size that was begun for another competition is another upload.
    fingerprint: () =>
      Promise.resolve(
        ["medforge", target.endpoint, target.slug, file.name, file.size, file.lastModified].join("/"),
      ),
    chunkSize: partBytes,
    retryDelays,
    removeFingerprintOnSuccess: true,
    onProgress: events.onProgress,
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status >= 500 || status === 409 || status === 423 || status === 429;
      if (again) events.onWaiting();
      return again;
    },
    onError: (error) => events.onRefused(refusalOf(error)),
    onSuccess: ({ lastResponse }) => events.onDone(lastResponse.getHeader("Medforge-Submission") ?? null),
  });
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  upload.start();
  return controls(upload);
}

function controls(upload: Upload): Transfer {
  // A connection that is back is no reason to sit out the pause between two tries.
  const hurry = () => void upload.abort().then(() => upload.start());
  window.addEventListener("online", hurry);
  const rest = () => window.removeEventListener("online", hurry);
  return {
    pause: () => {
      rest();
      void upload.abort();
    },
    resume: () => {
      window.addEventListener("online", hurry);
      upload.start();
    },
    cancel: () => {
      rest();
      void upload.abort(true).catch(() => undefined);
    },
  };
}
