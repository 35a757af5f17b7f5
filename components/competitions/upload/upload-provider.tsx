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
import { Transfer, type UploadPurpose } from "./transfer";
import { isUnderWay, percentSent, type UploadState, uploadAfter } from "./upload-state";

export interface LeftBehind {
  readonly name: string;
  readonly percent: number;
}

export interface OneUpload {
  readonly state: UploadState;
  /** What was on its way when its pages were left; the same file goes on from there. */
  readonly leftBehind: LeftBehind | null;
  begin: (file: File, maxBytes: number) => void;
  pause: () => void;
  resume: () => void;
  cancel: () => void;
  forget: () => void;
}

const UploadContext = createContext<OneUpload | null>(null);

/** By purpose, as long as the document lives. */
const leftBehind = new Map<string, LeftBehind>();

/** Why a file need not be sent to be refused; null for one that may be fine. */
function refusedHere(file: File, maxBytes: number): ShownProblem | null {
  if (file.size === 0) return { status: 0, detail: `${file.name} is empty.`, instance: "" };
  if (file.size <= maxBytes) return null;
  const detail = `${file.name} has ${size(file.size)}; files up to ${size(maxBytes)} are taken.`;
  return { status: 0, detail, instance: "" };
}

/** A submission to a competition. */
function submissionTo(slug: string): UploadPurpose {
  return { key: slug, metadata: { slug }, header: "Medforge-Submission" };
}

/** Holds a competition's one upload at a time above its parts, so that it goes on while one reads another part. */
export function SubmissionUpload({ slug, children }: { slug: string; children: ReactNode }) {
  const purpose = useMemo(() => submissionTo(slug), [slug]);
  return <UploadProvider purpose={purpose}>{children}</UploadProvider>;
}

export interface UploadProviderProps {
  /** The same object as long as it is the same purpose. */
  purpose: UploadPurpose;
  children: ReactNode;
}

/** Holds one upload at a time, for whatever is below. */
export function UploadProvider({ purpose, children }: UploadProviderProps) {
  const { key } = purpose;
  const { surface } = useSurface();
  const queryClient = useQueryClient();
  const [state, take] = useReducer(uploadAfter, { at: "none" });
  const transfer = useRef<Transfer>(null);
  const begun = useRef(0);
  useAskBeforeLeaving(isUnderWay(state));
  useLeftBehind(key, state, transfer);

  const value = useMemo(() => {
    const begin = (file: File, maxBytes: number) => {
      begun.current += 1;
      const of = begun.current;
      leftBehind.delete(key);
      take({ of, step: "begin", file });
      const problem = refusedHere(file, maxBytes);
      if (problem) return take({ of, step: "refuse", problem });
      const target = { endpoint: uploadsPath(surface), ...purpose };
      transfer.current = new Transfer(file, target, {
        onProgress: (bytes) => take({ of, step: "sent", bytes }),
        onWaiting: (why) => take({ of, step: "wait", why }),
        onRefused: (refusal) => {
          leaveWhenSignedOut({ problem: refusal });
          take({ of, step: "refuse", problem: refusal });
        },
        onDone: (id) => accept(of, id),
      });
    };
    const accept = (of: number, id: string | null) => {
      take({ of, step: "accept", id });
      void queryClient.invalidateQueries({ queryKey: api.competitions.key() });
    };
    const cancel = async () => {
      const of = begun.current;
      take({ of, step: "end" });
      const ended = await transfer.current?.cancel();
      if (ended?.late) accept(of, ended.id);
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
  }, [key, purpose, surface, queryClient]);

  const upload = useMemo(
    () => ({ ...value, state, leftBehind: state.at === "none" ? (leftBehind.get(key) ?? null) : null }),
    [value, state, key],
  );
  return <UploadContext value={upload}>{children}</UploadContext>;
}

/** The upload that the provider above holds. */
export function useUpload(): OneUpload {
  return required(useContext(UploadContext), "an UploadProvider around this component");
}

/** What became of an upload is seen on a page of its own: whoever comes back to submit has another file. */
export function useSeen(id: string): void {
  const { state, forget } = useUpload();
  const seen = state.at === "accepted" && state.id === id;
  useEffect(() => {
    if (seen) forget();
  }, [seen, forget]);
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
  key: string,
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
      leftBehind.set(key, { name: last.current.file.name, percent: percentSent(last.current) });
    },
    [key, transfer],
  );
}
