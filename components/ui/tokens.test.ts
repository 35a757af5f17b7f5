import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { themeColor } from "./theme-color";

const css = readFileSync(new URL("../../app/globals.css", import.meta.url), "utf8");

/** Linear sRGB of an opaque `oklch(L C H)` (Björn Ottosson's matrices), clipped to the gamut as browsers do at worst. */
function linearRgb(oklch: string): readonly [number, number, number] {
  const [lightness = 0, chroma = 0, hue = 0] = oklch.split(/\s+/).map(Number);
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function luminance(oklch: string): number {
  const [red, green, blue] = linearRgb(oklch);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function tokensOf(selector: string): (name: string) => string {
  const block = css.slice(css.indexOf(`${selector} {`)).split("\n}")[0] ?? "";
  const tokens = new Map(
    [...block.matchAll(/--([\w-]+): oklch\(([^/)]+)\);/g)].map((match) => [match[1], match[2]]),
  );
  return (name) => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`globals.css has no opaque token --${name} under ${selector}`);
    return value;
  };
}

const surfaces = ["background", "surface", "sunken", "hover", "popover", "accent"];
const textOnSurfaces = [
  "foreground",
  "muted-foreground",
  "subtle-foreground",
  "link",
  "ok",
  "warn",
  "bad",
  "info",
];
const fixedPairs = [
  ["primary-foreground", "primary"],
  ["primary-foreground", "primary-hover"],
  ["danger-foreground", "danger"],
  ["danger-foreground", "danger-hover"],
  ["muted-foreground", "muted"],
  ["ok", "ok-surface"],
  ["warn", "warn-surface"],
  ["bad", "bad-surface"],
  ["info", "info-surface"],
] as const;

describe.each([":root", '[data-theme="dark"]'])("tokens of %s", (selector) => {
  const token = tokensOf(selector);
  const textPairs = [
    ...textOnSurfaces.flatMap((text) => surfaces.map((surface) => [text, surface] as const)),
    ...fixedPairs,
  ];

  it.each(textPairs)("%s on %s reads at 4.5:1", (text, surface) => {
    expect(contrast(token(text), token(surface))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["background", "surface", "popover"])(
    "control edges and focus stand out at 3:1 on %s",
    (surface) => {
      expect(contrast(token("input"), token(surface))).toBeGreaterThanOrEqual(3);
      expect(contrast(token("ring"), token(surface))).toBeGreaterThanOrEqual(3);
    },
  );
});

it("the browser's bars have the page's background", () => {
  expect(themeColor.light).toBe(`oklch(${tokensOf(":root")("background")})`);
  expect(themeColor.dark).toBe(`oklch(${tokensOf('[data-theme="dark"]')("background")})`);
});
