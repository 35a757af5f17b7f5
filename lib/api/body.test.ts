import { describe, expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { readBody } from "./body";

const limit = 1000;
const mebibyte = 1024 * 1024;

/** A request whose body is `chunks` pieces of `bytes` each, and how many of them were asked for. */
function upload(bytes: number, chunks: number): { request: Request; sent: () => number } {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === chunks) return controller.close();
        sent++;
        controller.enqueue(new Uint8Array(bytes));
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, duplex: "half" };
  return { request: new Request("https://gpu.example.edu/", init), sent: () => sent };
}

const refusal = (request: Request) => readBody(request, limit).catch((error: unknown) => error);

describe("readBody", () => {
  it("takes a body of exactly the limit, in pieces", async () => {
    expect(await readBody(upload(250, 4).request, limit)).toHaveLength(limit);
  });

  it("refuses one byte more, having read it to its end so that the sender hears why", async () => {
    const { request, sent } = upload(77, 13);
    expect(await refusal(request)).toMatchObject({ code: "too_large" });
    expect(sent()).toBe(13);
  });

  it("cuts a sender off who goes on and on", async () => {
    const { request, sent } = upload(mebibyte, 1000);
    expect(await refusal(request)).toBeInstanceOf(AppError);
    expect(sent()).toBeLessThan(20);
  });
});
