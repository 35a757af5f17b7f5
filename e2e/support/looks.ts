import { expect, type Page } from "@playwright/test";
import { accessibilityFaults } from "./browser";

const widths = [1440, 1024, 390];
const schemes = ["light", "dark"] as const;

/** Loads a page as a person would see it after it settled: hydrated, live connection open. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: "load" });
  await page.waitForFunction("document.fonts.status === 'loaded'");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Faults of the open page at every width in both schemes. */
export async function faultsOf(page: Page, path: string): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const at = `${path} at ${width} px, ${colorScheme}`;
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${at}: ${fault}`));
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (Number(overflow) > 0) faults.push(`${at}: the page scrolls sideways by ${overflow} px`);
    }
  }
  return faults;
}
