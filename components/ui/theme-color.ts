/** `--background` of each theme, for the browser's own bars: a meta element can't read a variable. */
export const themeColor = {
  light: "oklch(0.982 0.002 240)",
  dark: "oklch(0.178 0.006 245)",
} as const;
