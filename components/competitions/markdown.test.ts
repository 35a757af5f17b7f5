import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown";

const html = (text: string) => renderToStaticMarkup(Markdown({ children: text }));

describe("Markdown", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.org/x.png)",
    "<iframe src=https://example.org></iframe>",
    "<form action=/><input name=a></form>",
    "<p onclick=alert(1) style=position:fixed>x</p>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<a href='vbscript:x'>x</a>",
    "<svg><animate onbegin=alert(1) /></svg>",
    "<base href=//example.org><meta http-equiv=refresh content=0>",
  ])("%s comes out as nothing that acts", (text) => {
    const out = html(`before\n\n${text}\n\nafter`);
    expect(out).toContain("before");
    expect(out).toContain("after");
    expect(out).not.toMatch(/<(script|img|iframe|form|input|svg|base|meta|style)\b/i);
    expect(out).not.toMatch(/\son\w+=|\sstyle=|javascript:|vbscript:|data:/i);
  });

  it("keeps headings below the page's own, tables, code and links", () => {
    const out = html("# One\n\n## Two\n\n`code` and [a link](https://example.org/a)\n\n| a |\n|---|\n| b |");
    expect(out).toContain("<h3>One</h3>");
    expect(out).toContain("<h4>Two</h4>");
    expect(out).toContain("<code>code</code>");
    expect(out).toContain('href="https://example.org/a"');
    expect(out).toContain("<td>b</td>");
  });

  it("leads from a footnote's mark to the note and back, and tells done tasks from others", () => {
    const out = html("See[^1].\n\n- [x] one\n- [ ] two\n\n[^1]: The note.");
    const ids = [...out.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...out.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links).toHaveLength(2);
    expect(ids).toEqual(expect.arrayContaining(links));
    expect(out).toMatch(/<a [^>]*aria-label="Back to reference 1"/);
    expect([...out.matchAll(/aria-label="(done|to do)"/g)].map(([, state]) => state)).toEqual([
      "done",
      "to do",
    ]);
    expect(out).not.toContain("<input");
  });

  it.each([
    ["## a\n\n#### b\n\n## c", ["h3", "h4", "h3"]],
    ["### a\n\n# b", ["h3", "h3"]],
    ["# a\n\n## b\n\n### c\n\n#### d\n\n##### e", ["h3", "h4", "h5", "h6", "h6"]],
  ])("%j leaves out no level", (text, levels) => {
    expect([...html(text).matchAll(/<(h\d)>/g)].map(([, tag]) => tag)).toEqual(levels);
  });
});
