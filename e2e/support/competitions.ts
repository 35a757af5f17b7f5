import { z } from "zod";
import { type SubmissionView, submissionView } from "@/lib/competitions/model";
import { type Api, ApiProblem, problemOf } from "./api";
import { eventually } from "./eventually";

/** The competition that every installation comes with. */
export const shipped = "wdbc-fine-needle";

/** Longest that an accepted file may wait for its verdict on a busy two-core machine, in ms; usual is about a second. */
const verdictMs = 60_000;

/** A submission to the shipped competition, complete and in its format. */
export async function sampleOf(api: Api): Promise<string> {
  const answer = await api.raw("GET", `external/competitions/${shipped}/sample`);
  if (answer.status !== 200) throw new Error(`The sample was answered ${answer.status}: ${answer.text}`);
  return answer.text;
}

/** The sample with other probabilities: those of the ids in turn, from the first to the last of `from` to `to`. */
export function slanted(sample: string, from: number, to: number): string {
  const [head = "", ...rows] = sample.trim().split("\n");
  const ids = rows.map((row) => row.split(",")[0]);
  const at = (place: number) => (from + ((to - from) * place) / Math.max(1, ids.length - 1)).toFixed(4);
  return [head, ...ids.map((id, place) => `${id},${at(place)}`)].join("\n");
}

/** With one probability above 1. @param line as it is counted from the header's, which is the first */
export function spoiled(csv: string, line: number): string {
  return csv
    .split("\n")
    .map((row, index) => (index + 1 === line ? row.replace(/,.*/, ",1.2") : row))
    .join("\n");
}

export interface Sending {
  slug?: string;
  filename?: string;
  /** The same key is the same submission, so that one whose answer was lost may be sent again. */
  key?: string;
}

/** Sends a file in as a script would. @throws ApiProblem on any failure */
export async function submitFile(
  api: Api,
  content: string | Buffer,
  sending: Sending = {},
): Promise<SubmissionView> {
  const { slug = shipped, filename = "predictions.csv", key } = sending;
  const path = `external/competitions/${slug}/submissions?filename=${filename}`;
  const answer = await api.raw("POST", path, content, {
    "content-type": "application/octet-stream",
    ...(key === undefined ? {} : { "idempotency-key": key }),
  });
  if (answer.status >= 400) throw new ApiProblem(problemOf(answer), `POST ${path}`);
  return z.object({ data: submissionView }).parse(JSON.parse(answer.text)).data;
}

/** Begins an upload in parts, of which nothing comes. @returns the path where it goes on */
export async function beginUpload(api: Api): Promise<string> {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const answer = await api.raw("POST", "external/uploads", "", {
    "tus-resumable": "1.0.0",
    "upload-length": "1",
    "upload-metadata": `slug ${base64(shipped)},filename ${base64("some.csv")}`,
  });
  const { location } = answer.headers;
  if (location === undefined) throw new ApiProblem(problemOf(answer), "POST external/uploads");
  return location;
}

/** Waits until a submission has its verdict, whatever it is. */
export function verdictOf(api: Api, id: string): Promise<SubmissionView> {
  let last: unknown;
  return eventually(
    `a verdict on ${id}`,
    verdictMs,
    async () => {
      const now = await api.call(submissionView, "GET", `external/submissions/${id}`);
      last = now;
      return now.state === "QUEUED" || now.state === "SCORING" ? undefined : now;
    },
    () => last,
  );
}
