import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastLines, plainText } from "./plain-text";

describe("plainText", () => {
  it("writes out what would be acted on, and leaves letters, line feeds and tabs", () => {
    expect(plainText("ana\tgrüßt 你好\r\n")).toBe("ana\tgrüßt 你好\n");
    expect(plainText("\u001b[31mred\u0007\r")).toBe("\\u{1b}[31mred\\u{7}\\u{d}");
    expect(plainText("a\u202eb\u200bc\u2028d\ufeff")).toBe("a\\u{202e}b\\u{200b}c\\u{2028}d\\u{feff}");
  });

  it("leaves no control character of any kind", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(plainText(text)).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("lastLines", () => {
  it("keeps whole lines from the end, as many as are asked for", () => {
    expect(lastLines("a\nb\nc\n", 2, 100)).toBe("b\nc");
    expect(lastLines("", 2, 100)).toBe("");
  });

  it("keeps only those that fit", () => {
    expect(lastLines("first\nsecond\nthird\n", 10, 13)).toBe("second\nthird");
    expect(lastLines("first\nsecond\nthird\n", 10, 12)).toBe("third");
  });

  it("keeps the end of a line that alone is too long", () => {
    expect(lastLines(`${"x".repeat(100)}end`, 10, 40)).toBe("xxxxxxxend");
    expect(Buffer.byteLength(lastLines("🧠".repeat(100), 10, 40))).toBe(40);
  });
});
