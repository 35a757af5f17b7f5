"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useRef } from "react";
import { leaveWhenSignedOut } from "@/components/auth/signed-out";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { useSurface } from "@/components/surface/surface-provider";
import { api } from "@/lib/api/client";
import { size } from "@/lib/kernel/size";
import { uploadsPath } from "../paths";
import { beginTransfer, type Transfer } from "./transfer";

/** Where an upload is. */
export type UploadState =
  | { readonly at: "none" }
  | { readonly at: "moving" | "paused" | "waiting"; readonly file: File; readonly sentBytes: number }
  | { readonly at: "refused"; readonly file: File; readonly problem: ShownProblem }
  | { readonly at: "accepted"; readonly file: File; readonly submissionId: string | null };

type Step =
  | { readonly step: "begin"; readonly file: File }
  | { readonly step: "sent"; readonly bytes: number }
  | { readonly step: "pause" | "resume" | "wait" | "forget" }
  | { readonly step: "refuse"; readonly problem: ShownProblem; readonly file?: File }
  | { readonly step: "accept"; readonly submissionId: string | null };

function isUnderWay(state: UploadState): state is Extract<UploadState, { sentBytes: number }> {
  return "sentBytes" in state;
}

/** What comes after a step; steps of an upload that has ended are late and change nothing. */
export function uploadAfter(state: UploadState, step: Step): UploadState {
  if (step.step === "begin") return { at: "moving", file: step.file, sentBytes: 0 };
  if (step.step === "forget") return { at: "none" };
  if (step.step === "refuse" && step.file) return { at: "refused", file: step.file, problem: step.problem };
  if (!isUnderWay(state)) return state;
  switch (step.step) {
    case "sent":
      return { ...state, at: state.at === "paused" ? "paused" : "moving", sentBytes: step.bytes };
    case "pause":
      return { ...state, at: "paused" };
    case "resume":
      return { ...state, at: "moving" };
    case "wait":
      return state.at === "paused" ? state : { ...state, at: "waiting" };
    case "refuse":
      return { at: "refused", file: state.file, problem: step.problem };
    case "accept":
      return { at: "accepted", file: state.file, submissionId: step.submissionId };
  }
}

/** Why a file need not be sent to be refused; null for one that may be fine. */
function refusedHere(file: File, maxBytes: number): ShownProblem | null {
  if (file.size === 0) return { status: 0, detail: `${file.name} is empty.`, instance: "" };
  if (file.size <= maxBytes) return null;
  const detail = `${file.name} has ${size(file.size)}; files up to ${size(maxBytes)} are taken.`;
  return { status: 0, detail, instance: "" };
}

/** One upload at a time to one competition. */
export function useUpload(slug: string, maxBytes: number) {
  const { surface } = useSurface();
  const queryClient = useQueryClient();
  const [state, take] = useReducer(uploadAfter, { at: "none" });
  const transfer = useRef<Promise<Transfer>>(null);
  const underWay = isUnderWay(state);
  useEffect(() => {
    if (!underWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [underWay]);
  // Another page of the console: what is there already is kept for the next try of the same file.
  useEffect(() => () => void transfer.current?.then((one) => one.pause()), []);

  const begin = (file: File) => {
    const problem = refusedHere(file, maxBytes);
    if (problem) return take({ step: "refuse", problem, file });
    take({ step: "begin", file });
    transfer.current = beginTransfer(
      file,
      { endpoint: uploadsPath(surface), slug },
      {
        onProgress: (bytes) => take({ step: "sent", bytes }),
        onWaiting: () => take({ step: "wait" }),
        onRefused: (refusal) => {
          leaveWhenSignedOut({ problem: refusal });
          take({ step: "refuse", problem: refusal });
        },
        onDone: (submissionId) => {
          take({ step: "accept", submissionId });
          void queryClient.invalidateQueries({ queryKey: api.competitions.key() });
        },
      },
    );
  };
  const tell = (step: "pause" | "resume" | "forget", act: (transfer: Transfer) => void) => () => {
    take({ step });
    void transfer.current?.then(act);
  };
  return {
    state,
    begin,
    pause: tell("pause", (one) => one.pause()),
    resume: tell("resume", (one) => one.resume()),
    cancel: tell("forget", (one) => one.cancel()),
    forget: () => take({ step: "forget" }),
  };
}
