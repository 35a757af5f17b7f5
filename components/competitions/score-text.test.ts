import { describe, expect, it } from "vitest";
import { digitsOf, scoreText } from "./score-text";

describe("scoreText", () => {
  it.each([
    [0.98765, undefined, "0.9877"],
    [-0.25, undefined, "−0.2500"],
    [12, 2, "12.00"],
    [null, undefined, "–"],
    [undefined, undefined, "–"],
  ] as const)("%s with %s decimals is %s", (value, digits, text) => {
    expect(scoreText(value, digits)).toBe(text);
  });
});

describe("digitsOf", () => {
  it("gives neighbours the decimals that tell them apart, and nobody else more than are usual", () => {
    expect(digitsOf([0.98, 0.95, 0.9500001, 0.4])).toEqual([4, 7, 7, 4]);
  });

  it("shows equal scores alike, however near the next one is", () => {
    const scores = [0.7, 0.7, 0.700000001];
    const digits = digitsOf(scores);
    const texts = scores.map((score, index) => scoreText(score, digits[index]));
    expect(texts[0]).toBe(texts[1]);
    expect(texts[1]).not.toBe(texts[2]);
  });

  it("tells doubles apart that differ in their last bit", () => {
    const scores = [0.1 + 0.2, 0.3];
    const digits = digitsOf(scores);
    expect(scoreText(scores[0], digits[0])).not.toBe(scoreText(scores[1], digits[1]));
  });

  it("has nothing to say of no scores", () => expect(digitsOf([])).toEqual([]));
});
