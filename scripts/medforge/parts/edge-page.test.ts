import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { toProblem } from "@/lib/api/problem";
import { problemBody } from "@/lib/api/problem-body";
import { AppError } from "@/lib/kernel/errors";

const caddyfile = readFileSync("caddy/Caddyfile", "utf8");
const page = readFileSync("caddy/restarting.html", "utf8");

it("lets the page that stands in for web use its own style and nothing else", () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(caddyfile).toContain(`default-src 'none'; style-src 'sha256-${hash}';`);
  expect(page).not.toMatch(/<script|<link|<img|url\(|style=|https?:/);
});

it("answers for web with the problem that web itself would call unavailable", () => {
  const said = /respond `(\{.*\})` 503/.exec(caddyfile)?.[1] ?? "";
  const { detail, instance, ...usual } = problemBody.parse(JSON.parse(said));
  expect(toProblem(new AppError("unavailable", detail), instance).body).toEqual({
    ...usual,
    detail,
    instance,
  });
});
