import { expect, test, vi } from "vitest";
import { textStream } from "./text-stream";

/** Texts, and what was asked of them. */
function source(texts: readonly string[], failure?: Error) {
  const seen = { made: 0, returned: false };
  async function* make(): AsyncGenerator<string> {
    try {
      for (const text of texts) {
        seen.made++;
        yield text;
      }
      if (failure) throw failure;
    } finally {
      seen.returned = true;
    }
  }
  return { seen, texts: make() };
}

const none = () => undefined;

test("all of it comes, in order", async () => {
  const { texts, seen } = source(["a", "ä", "", "🧠"]);
  expect(await new Response(textStream(texts, none)).text()).toBe("aä🧠");
  expect(seen).toEqual({ made: 4, returned: true });
});

test("nothing is made before it is asked for", async () => {
  const { texts, seen } = source(["a", "b", "c"]);
  const reader = textStream(texts, none).getReader();
  expect(seen.made).toBe(0);
  await reader.read();
  // Whatever would be made ahead has had its turn by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen.made).toBe(1);
  await reader.cancel();
});

test("a reader who leaves ends it", async () => {
  const { texts, seen } = source(["a", "b"]);
  const reader = textStream(texts, none).getReader();
  await reader.read();
  await reader.cancel();
  expect(seen).toEqual({ made: 1, returned: true });
});

test("a reader who stands still is taken to be gone, one who is slow is not", async () => {
  vi.useFakeTimers();
  try {
    const { texts, seen } = source(["a", "b", "c"]);
    const reader = textStream(texts, none, 1_000).getReader();
    for (let slow = 0; slow < 2; slow++) {
      await reader.read();
      await vi.advanceTimersByTimeAsync(900);
      expect(seen.returned).toBe(false);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(seen).toEqual({ made: 2, returned: true });
    await expect(reader.read()).rejects.toThrow("Nobody has read on for 1000 ms.");
  } finally {
    vi.useRealTimers();
  }
});

test("what breaks it off is told, and the reader sees no end", async () => {
  const failure = new Error("The database went away.");
  const told: unknown[] = [];
  const { texts } = source(["a"], failure);
  await expect(new Response(textStream(texts, (error) => told.push(error))).text()).rejects.toThrow();
  expect(told).toEqual([failure]);
});
