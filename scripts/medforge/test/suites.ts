/** In the order they run: what fails fastest comes first. */
export const suites = ["static", "unit", "integration", "host", "web"] as const;
export type Suite = (typeof suites)[number];
