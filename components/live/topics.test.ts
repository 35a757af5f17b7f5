import { expect, it } from "vitest";
import { liveMessageOf } from "./topics";

it.each([
  ['{"topic":"sessions","resource":"abcdefgh"}', { topic: "sessions", resource: "abcdefgh" }],
  ['{"topic":"gpus","resource":null}', { topic: "gpus", resource: null }],
  ['{"topic":"invoices","resource":null}', null],
  ["{}", null],
  ["null", null],
  ["", null],
])("%s is %o", (data, message) => expect(liveMessageOf(data)).toEqual(message));
