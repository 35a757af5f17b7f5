import type { DetailedError, Upload, UploadOptions } from "tus-js-client";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { type UploadMemory, uploadMemory } from "./memory";
import { problemOf, refusalOf } from "./refusal";
import { type Failure, pauseBeforeNext, secondsIn } from "./retry";

/** A part as large as the lab takes; what a try that was cut off sends again at most. */
const partBytes = 5 * 2 ** 20;
/** How long giving up may take; what the lab does not hear of is deleted there after a day. ms */
const givingUpMs = 10_000;
/** To HEAD: it is there no more, or was refused when it was whole. */
const goneStatuses: readonly number[] = [404, 409, 410];
/** What sends files could not be loaded: as a lab that can't be reached. */
const notLoaded: Failure = { method: "", status: 0, retryAfterSeconds: null };

export interface TransferEvents {
  /** Bytes that the lab has or that are on their way to it. */
  onProgress: (sentBytes: number) => void;
  /** It is tried again by itself. @param why in the lab's words; null where the lab can't be reached */
  onWaiting: (why: string | null) => void;
  onRefused: (problem: ShownProblem) => void;
  /** All of it is there. @param id what it became; null where the lab did not say */
  onDone: (id: string | null) => void;
}

/** What a file is to become. */
export interface UploadPurpose {
  /** Tells it from others: a file that was begun for one goes on for no other. */
  key: string;
  /** Told beside its name, as `Upload-Metadata`. */
  metadata: Readonly<Record<string, string>>;
  /** Names what it became, in the lab's answers to its last part and to HEAD. */
  header: "Medforge-Submission" | "Medforge-Import";
}

export interface TransferTarget extends UploadPurpose {
  /** Where uploads begin. */
  endpoint: string;
}

/** What came of giving up: it was too late where the lab has all of it. */
export type GivenUp = { readonly late: false } | { readonly late: true; readonly id: string | null };

/**
 * A file on its way by tus 1.0, whose code comes when it is needed: in pieces, from where an earlier try of the same file got
 * to, and on after a lost connection. What fails is told by the events, of which none comes after the end.
 */
export class Transfer {
  private readonly memory: UploadMemory;
  private url: string | null;
  private upload: Upload | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Which try goes on; what an earlier one still says is late. */
  private turn = 0;
  /** Tries that failed since something last arrived. */
  private failed = 0;

  constructor(
    private readonly file: File,
    private readonly target: TransferTarget,
    private readonly events: TransferEvents,
  ) {
    this.memory = uploadMemory(target.key, file);
    this.url = this.memory.recall();
    this.resume();
  }

  pause(): void {
    window.removeEventListener("online", this.next);
    this.stop();
  }

  resume(): void {
    // A connection that is back is no reason to sit out the pause between two tries.
    window.addEventListener("online", this.next);
    this.next();
  }

  /** Gives it up, here and at the lab. @throws nothing: what can't be told to the lab is deleted there after a day */
  async cancel(): Promise<GivenUp> {
    this.end();
    if (this.url === null) return { late: false };
    const asked = { headers: { "tus-resumable": "1.0.0" }, signal: AbortSignal.timeout(givingUpMs) };
    try {
      const { status } = await fetch(this.url, { ...asked, method: "DELETE" });
      if (status !== 409) return { late: false };
      const answer = await fetch(this.url, { ...asked, method: "HEAD" });
      return { late: true, id: answer.headers.get(this.target.header) };
    } catch {
      return { late: false };
    }
  }

  private readonly next = () => {
    this.stop();
    void this.begin(this.turn);
  };

  private stop(): void {
    this.turn += 1;
    clearTimeout(this.timer);
    void this.upload?.abort();
    this.upload = null;
  }

  private end(): void {
    this.pause();
    this.memory.forget();
  }

  /** One try: from as far as the lab has it, or as a new upload. */
  private async begin(turn: number): Promise<void> {
    const tus = await import("tus-js-client").catch(() => null);
    if (turn !== this.turn) return;
    if (tus === null) return this.tryAgain(pauseBeforeNext(notLoaded, this.failed) ?? 0, null);
    try {
      const readable = await isReadable(this.file);
      if (turn !== this.turn) return;
      if (!readable) return this.refuse({ status: 0, detail: changed(this.file), instance: "" });
      const upload: Upload = new tus.Upload(this.file, {
        ...this.whileIn(turn),
        // Either, so that one that can't be found just now is not begun anew.
        ...(this.url === null ? { endpoint: this.target.endpoint } : { uploadUrl: this.url }),
        metadata: { filename: this.file.name, ...this.target.metadata },
        chunkSize: partBytes,
        retryDelays: null,
        storeFingerprintForResuming: false,
        onUploadUrlAvailable: () => {
          if (turn === this.turn) this.found(upload.url);
        },
      });
      this.upload = upload;
      upload.start();
    } catch {
      if (turn === this.turn) this.refuse({ status: 0, detail: notBegun, instance: "" });
    }
  }

  private refuse(problem: ShownProblem): void {
    this.pause();
    this.events.onRefused(problem);
  }

  /** What is told of a try, as long as it is the one that goes on. */
  private whileIn(turn: number): UploadOptions {
    const only = <Args extends unknown[]>(act: (...args: Args) => void) => {
      return (...args: Args) => (turn === this.turn ? act(...args) : undefined);
    };
    return {
      // The package does not hear of an end between its start and its first request.
      onBeforeRequest: () => {
        if (turn !== this.turn) throw new Error("Another try goes on.");
      },
      onProgress: only(this.events.onProgress),
      onChunkComplete: only(() => {
        this.failed = 0;
      }),
      onError: only((error) => this.afterFailure(error)),
      onSuccess: only(({ lastResponse }) => {
        // Before the end, which takes the answer away.
        const id = lastResponse.getHeader(this.target.header) ?? null;
        this.end();
        this.events.onDone(id);
      }),
    };
  }

  private found(url: string | null): void {
    if (url === null || url === this.url) return;
    this.url = url;
    this.memory.keep(url);
  }

  private afterFailure(error: Error | DetailedError): void {
    // All that the answer says is read before the try is stopped, which takes the answer away.
    const failure = failureOf(error);
    const why = problemOf(error)?.detail ?? null;
    if (failure.method === "HEAD" && goneStatuses.includes(failure.status)) {
      this.memory.forget();
      this.url = null;
      this.next();
      return;
    }
    const pause = "originalRequest" in error ? pauseBeforeNext(failure, this.failed) : null;
    if (pause === null) {
      // What the lab could not take just now may be there for another try of the same file.
      if (failure.status < 500) this.memory.forget();
      this.refuse(refusalOf(error));
      return;
    }
    this.tryAgain(pause, why);
  }

  private tryAgain(pauseMs: number, why: string | null): void {
    this.failed += 1;
    this.stop();
    this.timer = setTimeout(this.next, pauseMs);
    this.events.onWaiting(why);
  }
}

const notBegun = "The browser could not begin to send it. Load the page anew and choose the file again.";
const changed = ({ name }: File) => `${name} was changed or moved since it was chosen. Choose it again.`;

/** A browser reads no file that changed since it was chosen; to the sender that would look like a lost connection. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function failureOf(error: Error | DetailedError): Failure {
  const answer = "originalResponse" in error ? error.originalResponse : null;
  return {
    method: "originalRequest" in error ? error.originalRequest.getMethod() : "",
    status: answer?.getStatus() ?? 0,
    retryAfterSeconds: secondsIn(answer?.getHeader("Retry-After")),
  };
}
