import { expect, it } from "vitest";
import { browserContract } from "./contract";
import generated from "./contract.generated.json";
import { router } from "./router";

it("is current: run `npm run generate` after adding or moving a procedure", () => {
  expect(generated).toEqual(JSON.parse(JSON.stringify(browserContract(router))));
});

it("carries no schema, access rule or text to the browser", () => {
  // A path may end in the word: what is looked for is the key of a text.
  expect(JSON.stringify(generated)).not.toMatch(/"summary"|access|schema|zod/i);
});
