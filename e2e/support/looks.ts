import { expect, type Page } from "@playwright/test";
import { accessibilityFaults } from "./browser";

/** Between the wide and the narrow page the colours are the wide one's. */
const looks = [
  { width: 1440, schemes: ["light", "dark"] },
  { width: 1024, schemes: ["light"] },
  { width: 390, schemes: ["light", "dark"] },
] as const;

/** Loads a page as a person would see it after it settled: hydrated and, within the console, with its live connection. */
export async function open(page: Page, path: string): Promise<void> {
  // Asked for before the page is; pages outside the console never open one.
  const stream = page
    .waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v2/live")
    .catch(() => undefined);
  await page.goto(path, { waitUntil: "load" });
  if ((await page.getByRole("navigation", { name: "Main" }).count()) > 0) {
    expect((await stream)?.status(), path).toBe(200);
  } else {
    // React has put its own keys on what it hydrated.
    await page.waitForFunction(() =>
      Object.keys(document.querySelector("main") ?? {}).some((key) => key.startsWith("__reactFiber")),
    );
  }
  await page.waitForFunction(() => document.fonts.status === "loaded");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

interface Looking {
  /** What else is looked for in each look. */
  more?: (width: number) => Promise<string[]>;
  /** For a page whose words and structure were looked at elsewhere, in other colours. */
  coloursOnly?: boolean;
}

/** Faults of the page as it is, with whatever is open on it, at every width, in both schemes where widths differ most. */
export async function faultsOf(page: Page, where: string, looking: Looking = {}): Promise<string[]> {
  const { more = async () => [], coloursOnly = false } = looking;
  const faults: string[] = [];
  for (const { width, schemes } of looks) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      // One document at one width differs between the schemes in nothing but its colours.
      const rules = coloursOnly || colorScheme === "dark" ? "colours" : "all";
      const found = [...(await accessibilityFaults(page, rules)), ...(await more(width))];
      faults.push(...found.map((fault) => `${where} at ${width} px, ${colorScheme}: ${fault}`));
    }
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (Number(overflow) > 0)
      faults.push(`${where} at ${width} px: the page scrolls sideways by ${overflow} px`);
  }
  return faults;
}
