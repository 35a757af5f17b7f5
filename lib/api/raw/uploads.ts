import type { OpenAPI } from "@orpc/openapi";
import type { Surface } from "@/lib/kernel/surface";
import type { RawRoute } from "./route";
import { serveTus } from "./tus";

interface Step {
  readonly name: string;
  readonly method: string;
  readonly one: boolean;
  readonly summary: string;
  readonly headers: readonly string[];
  readonly answer: readonly [status: string, description: string];
}

const steps: readonly Step[] = [
  {
    name: "create",
    method: "POST",
    one: false,
    summary:
      "Begin an upload in parts (tus 1.0): `Upload-Metadata` has `slug` and `filename`, each in base64; of an admin's folder as a zip `purpose` `competition`, or `evaluation` with its `slug`",
    headers: ["Upload-Length", "Upload-Metadata"],
    answer: ["201", "`Location` is where it goes on"],
  },
  {
    name: "offset",
    method: "HEAD",
    one: true,
    summary: "How much of an upload is there",
    headers: [],
    answer: [
      "200",
      "`Upload-Offset`; once it is whole, `Medforge-Submission` or `Medforge-Import` names what it became",
    ],
  },
  {
    name: "send",
    method: "PATCH",
    one: true,
    summary: "Send the next part of an upload, of at most 5 MiB; with the last one it is submitted",
    headers: ["Upload-Offset"],
    answer: [
      "204",
      "`Upload-Offset`; of the last part also `Medforge-Submission` or `Medforge-Import`, the id of what it became",
    ],
  },
  {
    name: "remove",
    method: "DELETE",
    one: true,
    summary: "Give an upload up, as long as not all of it is there",
    headers: [],
    answer: ["204", "It is gone"],
  },
];

function descriptionOf({ summary, one, headers, method, answer }: Step): OpenAPI.OperationObject {
  const string = { type: "string" } as const;
  const inHeader = ["Tus-Resumable", ...headers];
  return {
    tags: ["Competitions"],
    summary,
    parameters: [
      ...(one ? [{ name: "id", in: "path", required: true, schema: string } as const] : []),
      ...inHeader.map((name) => ({ name, in: "header", required: true, schema: string }) as const),
    ],
    ...(method === "PATCH"
      ? {
          requestBody: {
            content: { "application/offset+octet-stream": { schema: { ...string, format: "binary" } } },
          },
        }
      : {}),
    responses: { [answer[0]]: { description: answer[1] } },
  };
}

/** Uploads that go on where they broke off. */
export function uploadRoutes(surface: Surface): RawRoute[] {
  return steps.map((step) => ({
    name: `${surface}.uploads.${step.name}`,
    method: step.method,
    path: `/${surface}/uploads${step.one ? "/{id}" : ""}`,
    access: "user",
    hasInput: true,
    surface,
    description: descriptionOf(step),
    handle: (call) => serveTus(surface, call),
  }));
}
