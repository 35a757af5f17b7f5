/**
 * The browser's own bars, by surface and theme: `--background`, or `--internal` where that is what nobody must miss. A
 * meta element can't read a variable.
 */
export const themeColor = {
  external: { light: "oklch(0.982 0.002 240)", dark: "oklch(0.178 0.006 245)" },
  internal: { light: "oklch(0.45 0.17 318)", dark: "oklch(0.77 0.14 320)" },
} as const;
