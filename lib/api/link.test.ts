import { beforeEach, describe, expect, it, vi } from "vitest";
import { noAnswer } from "@/lib/kernel/no-answer";
import { requestOf, restLink } from "./link";

/** The document as the server marks it. */
const onSurface = (surface: string) =>
  vi.stubGlobal("document", { documentElement: { dataset: { surface } } });

beforeEach(() => {
  vi.stubGlobal("window", { location: { origin: "https://lab.example" } });
  onSurface("external");
});

it("puts the input of a GET into path and query, without what is not set", () => {
  const request = requestOf(["sessions", "events"], { slug: "abcdefgh", limit: 50, cursor: undefined });
  expect(request.method).toBe("GET");
  expect(request.url).toBe("https://lab.example/api/v2/external/sessions/abcdefgh/events?limit=50");
});

it("sends everything else as JSON", async () => {
  const request = requestOf(["workspaces", "restore"], { id: "wsp_a", snapshotId: "snp_b" });
  expect(request.url).toBe("https://lab.example/api/v2/external/workspaces/wsp_a/restore");
  expect(request.headers.get("content-type")).toBe("application/json");
  expect(await request.json()).toEqual({ snapshotId: "snp_b" });
});

it("sends no body without input left", () => {
  const request = requestOf(["workspaces", "remove"], { id: "wsp_a" });
  expect([request.method, request.body]).toEqual(["DELETE", null]);
});

it("can't be led to another path by an id", () => {
  expect(requestOf(["sessions", "get"], { slug: "../../admin/users?x=1#y" }).url).toBe(
    "https://lab.example/api/v2/external/sessions/..%2F..%2Fadmin%2Fusers%3Fx%3D1%23y",
  );
});

it("names a procedure that isn't there", () => {
  expect(() => requestOf(["sessions", "explode"], {})).toThrow("There is no procedure sessions.explode.");
});

it("calls the procedures of the surface whose page it is", () => {
  onSurface("internal");
  expect(requestOf(["sessions", "list"], {}).url).toBe("https://lab.example/api/v2/internal/sessions");
  expect(requestOf(["gpus", "list"], {}).url).toBe("https://lab.example/api/v2/gpus");
  onSurface("nonsense");
  expect(() => requestOf(["sessions", "list"], {})).toThrow('The document says surface "nonsense".');
});

describe("restLink", () => {
  const calling = (answer: () => Promise<Response>, signal?: AbortSignal) => {
    onSurface("external");
    vi.stubGlobal("fetch", answer);
    return restLink.call(["gpus", "list"], {}, { context: {}, signal });
  };

  it("hands over what the API answered", async () => {
    expect(await calling(async () => Response.json({ data: [] }))).toEqual({ data: [] });
  });
  it("throws the API's refusal with its status", async () => {
    const problem = { status: 503, detail: "The database does not answer just now." };
    const headers = { "x-request-id": "req_0123" };
    await expect(calling(async () => Response.json(problem, { status: 503, headers }))).rejects.toMatchObject(
      { message: problem.detail, problem },
    );
  });
  it("takes Caddy's word for web, while that is away, for no refusal: it is to be tried again", async () => {
    const problem = { status: 503, detail: "MedForge is starting or restarting." };
    const failure: unknown = await calling(async () => Response.json(problem, { status: 503 })).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ message: problem.detail });
    expect(failure).not.toHaveProperty("problem");
  });
  it.each([
    ["without a network", async () => Promise.reject(new TypeError("Failed to fetch"))],
    ["from a proxy without a body", async () => new Response(null, { status: 502 })],
    ["from a proxy in HTML", async () => new Response("<h1>Bad Gateway</h1>", { status: 502 })],
    ["in JSON of somebody else", async () => Response.json({ error: "no upstream" }, { status: 502 })],
  ])("puts a failure %s into our words, to be tried again", async (_, answer) => {
    const failure: unknown = await calling(answer).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: noAnswer });
    expect(failure).not.toHaveProperty("problem");
  });
  it("leaves a call that was given up as it is", async () => {
    const gaveUp = new DOMException("given up", "AbortError");
    await expect(calling(async () => Promise.reject(gaveUp), AbortSignal.abort())).rejects.toBe(gaveUp);
  });
});
