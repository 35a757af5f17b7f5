/**
 * Everything that a terminal or a browser would act on instead of showing: controls, marks that turn the direction of
 * writing or hide, private and unassigned characters, line and paragraph separators. Line feed and tab stay.
 */
const hostile = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** The text with each such character written out, e.g. `\u{1b}`. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(hostile, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * The last lines that fit into `maxBytes` of UTF-8, each of them whole; of a last line that alone is too long, its end.
 */
export function lastLines(text: string, maxLines: number, maxBytes: number): string {
  const lines = text.replace(/\n$/, "").split("\n").slice(-maxLines);
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines.reverse()) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > maxBytes) break;
    kept.unshift(line);
  }
  // No character takes more than four bytes.
  if (kept.length === 0) return [...(lines[0] ?? "")].slice(-Math.floor(maxBytes / 4)).join("");
  return kept.join("\n");
}
