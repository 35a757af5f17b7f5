import { expect, type Page } from "@playwright/test";
import { accessibilityFaults, openConsole } from "./browser";

const widths = [1440, 1024, 390];
/** Pages that hold no live connection. */
const outsideConsole: ReadonlySet<string> = new Set(["/", "/login", "/signup"]);
const schemes = ["light", "dark"] as const;

/** Loads a page as a person would see it after it settled: hydrated and, within the console, with its live connection. */
export async function open(page: Page, path: string): Promise<void> {
  if (outsideConsole.has(new URL(path, "https://any").pathname)) {
    await page.goto(path, { waitUntil: "load" });
    // React has put its own keys on what it hydrated.
    await page.waitForFunction(() =>
      Object.keys(document.querySelector("main") ?? {}).some((key) => key.startsWith("__reactFiber")),
    );
  } else {
    await openConsole(page, path);
  }
  await page.waitForFunction(() => document.fonts.status === "loaded");
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
