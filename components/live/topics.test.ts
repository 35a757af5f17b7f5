import { expect, it } from "vitest";
import { liveTopicOf } from "./topics";

it.each([
  ['{"topic":"sessions","resource":"abcdefgh"}', "sessions"],
  ['{"topic":"gpus","resource":null}', "gpus"],
  ['{"topic":"invoices","resource":null}', null],
  ["{}", null],
  ["null", null],
  ["", null],
])("%s is of topic %s", (data, topic) => expect(liveTopicOf(data)).toBe(topic));
