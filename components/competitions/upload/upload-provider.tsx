"use client";

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useReducer, useRef } from "react";
import { leaveWhenSignedOut } from "@/components/auth/signed-out";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { useSurface } from "@/components/surface/surface-provider";
import { api } from "@/lib/api/client";
import { required } from "@/lib/kernel/assert";
import { size } from "@/lib/kernel/size";
import { uploadsPath } from "../paths";
import { Transfer } from "./transfer";
import { isUnderWay, percentSent, type UploadState, uploadAfter } from "./upload-state";

export interface LeftBehind {
  readonly name: string;
  readonly percent: number;
}

interface CompetitionUpload {
  readonly state: UploadState;
  /** What was on its way when the competition's pages were left; the same file goes on from there. */
  readonly leftBehind: LeftBehind | null;
  begin: (file: File, maxBytes: number) => void;
  pause: () => void;
  resume: () => void;
  cancel: () => void;
  forget: () => void;
}

const UploadContext = createContext<CompetitionUpload | null>(null);

/** By competition, as long as the document lives. */
const leftBehind = new Map<string, LeftBehind>();

/** Why a file need not be sent to be refused; null for one that may be fine. */
function refusedHere(file: File, maxBytes: number): ShownProblem | null {
  if (file.size === 0) return { status: 0, detail: `${file.name} is empty.`, instance: "" };
  if (file.size <= maxBytes) return null;
  const detail = `${file.name} has ${size(file.size)}; files up to ${size(maxBytes)} are taken.`;
  return { status: 0, detail, instance: "" };
}

/** Holds a competition's one upload at a time above its parts, so that it goes on while one reads another part. */
export function UploadProvider({ slug, children }: { slug: string; children: ReactNode }) {
  const { surface } = useSurface();
  const queryClient = useQueryClient();
  const [state, take] = useReducer(uploadAfter, { at: "none" });
  const transfer = useRef<Transfer>(null);
  const begun = useRef(0);
  useAskBeforeLeaving(isUnderWay(state));
  useLeftBehind(slug, state, transfer);

  const value = useMemo(() => {
    const begin = (file: File, maxBytes: number) => {
      begun.current += 1;
      const of = begun.current;
      leftBehind.delete(slug);
      take({ of, step: "begin", file });
      const problem = refusedHere(file, maxBytes);
      if (problem) return take({ of, step: "refuse", problem });
      const target = { endpoint: uploadsPath(surface), slug };
      transfer.current = new Transfer(file, target, {
        onProgress: (bytes) => take({ of, step: "sent", bytes }),
        onWaiting: (why) => take({ of, step: "wait", why }),
        onRefused: (refusal) => {
          leaveWhenSignedOut({ problem: refusal });
          take({ of, step: "refuse", problem: refusal });
        },
        onDone: (submissionId) => accept(of, submissionId),
      });
    };
    const accept = (of: number, submissionId: string | null) => {
      take({ of, step: "accept", submissionId });
      void queryClient.invalidateQueries({ queryKey: api.competitions.key() });
    };
    const cancel = async () => {
      const of = begun.current;
      take({ of, step: "end" });
      const ended = await transfer.current?.cancel();
      if (ended?.late) accept(of, ended.submissionId);
      else take({ of, step: "forget" });
    };
    return {
      begin,
      cancel: () => void cancel(),
      pause: () => {
        take({ of: begun.current, step: "pause" });
        transfer.current?.pause();
      },
      resume: () => {
        take({ of: begun.current, step: "resume" });
        transfer.current?.resume();
      },
      forget: () => take({ of: begun.current, step: "forget" }),
    };
  }, [slug, surface, queryClient]);

  const upload = useMemo(
    () => ({ ...value, state, leftBehind: state.at === "none" ? (leftBehind.get(slug) ?? null) : null }),
    [value, state, slug],
  );
  return <UploadContext value={upload}>{children}</UploadContext>;
}

/** The competition's upload. */
export function useUpload(): CompetitionUpload {
  return required(useContext(UploadContext), "an UploadProvider around this component");
}

/** Of 100, while a file is on its way; null while none is. */
export function usePercentSent(): number | null {
  const { state } = useUpload();
  return isUnderWay(state) ? percentSent(state) : null;
}

function useAskBeforeLeaving(underWay: boolean): void {
  useEffect(() => {
    if (!underWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [underWay]);
}

/** Another page of the console: what is there already is kept for the next try of the same file, and remembered. */
function useLeftBehind(
  slug: string,
  state: UploadState,
  transfer: { readonly current: Transfer | null },
): void {
  const last = useRef(state);
  useEffect(() => {
    last.current = state;
  }, [state]);
  useEffect(
    () => () => {
      transfer.current?.pause();
      if (!isUnderWay(last.current) || last.current.at === "ending") return;
      leftBehind.set(slug, { name: last.current.file.name, percent: percentSent(last.current) });
    },
    [slug, transfer],
  );
}
