import { expect, it } from "vitest";
import { type Cell, csvRecords, csvStream } from "./csv";

/** Endless pages that remember how often they were asked for, and whether the asking was ended. */
function endless() {
  const seen = { asked: 0, ended: false };
  async function* pages(): AsyncGenerator<Cell[][]> {
    try {
      for (;;) {
        seen.asked++;
        yield [[seen.asked, "row"]];
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, pages: pages() };
}

const unexpected = (error: unknown) => {
  throw error;
};

it("asks for a page when the reader wants one, and for none after it has gone", async () => {
  const { seen, pages } = endless();
  const reader = csvStream(["n", "what"], pages, unexpected).getReader();
  const text = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await text()).toBe("n,what\r\n");
  expect(seen).toEqual({ asked: 0, ended: false });
  expect(await text()).toBe("1,row\r\n");
  expect(await text()).toBe("2,row\r\n");
  expect(seen).toEqual({ asked: 2, ended: false });
  await reader.cancel();
  expect(seen).toEqual({ asked: 2, ended: true });
  expect(await pages.next()).toEqual({ done: true, value: undefined });
});

it("breaks off where reading fails, and tells", async () => {
  const failed: unknown[] = [];
  const broken = new Error("the database is away");
  async function* pages(): AsyncGenerator<Cell[][]> {
    yield [["first"]];
    throw broken;
  }
  const reader = csvStream(["a"], pages(), (error) => failed.push(error)).getReader();
  await reader.read();
  await reader.read();
  await expect(reader.read()).rejects.toBe(broken);
  expect(failed).toEqual([broken]);
});

it("puts an apostrophe before what a spreadsheet would take for a formula", () => {
  expect(csvRecords([["=1+1", "@a", -5, true, null]])).toBe("'=1+1,'@a,-5,true,\r\n");
});
