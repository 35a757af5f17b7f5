import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { z } from "zod";
import type { Api } from "./api";
import type { Person } from "./people";

/** Gives the browser the login that the API client holds, at the client's own address. */
export async function signIn(context: BrowserContext, api: Api): Promise<void> {
  const cookies = api
    .cookieEntries()
    .map(({ name, value }) => ({ name, value, url: api.origin, httpOnly: true, secure: true }));
  await context.addCookies(cookies);
}

/** Through the form, in the page that is open. */
export async function signInByForm(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel("User name or email").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/home/);
}

/** Opens a page of the console and waits until it is hydrated and hears of changes: only then it opens its stream. */
export async function openConsole(page: Page, path: string): Promise<void> {
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v2/live");
  await page.goto(path);
  expect((await stream).status(), path).toBe(200);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const axeResult = z.array(
  z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
);

/** Those of axe's rules that depend on colours and are on by themselves. */
const colourRules = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** What axe finds wrong on the page as it is, one line per rule and element. */
export async function accessibilityFaults(page: Page, rules: "all" | "colours" = "all"): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axeSource);
  const options = { resultTypes: ["violations"], ...(rules === "colours" ? { runOnly: colourRules } : {}) };
  const found: unknown = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => ({ html })) })))`,
  );
  return axeResult
    .parse(found)
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}

/** Chromium drops requests when the host's interfaces change: here each session that starts or stops adds or removes one. */
const networkChanged = "net::ERR_NETWORK_CHANGED";

/** Collects what a healthy page never does: errors on the console (a broken policy among them), exceptions, 5xx. */
export function watchForErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes(networkChanged))
      errors.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(`exception: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 500) errors.push(`${response.status()} ${response.url()}`);
  });
  return errors;
}

/**
 * Bytes of JavaScript (compressed, as they came over the wire) that the next document names itself, and so waits for;
 * what the page fetches later, such as the drawing of plots, is not among them.
 */
export async function countFirstLoad(page: Page): Promise<() => Promise<number>> {
  const client = await page.context().newCDPSession(page);
  const urls = new Map<string, string>();
  const bytes = new Map<string, number>();
  let text: Promise<string> = Promise.resolve("");
  page.on("response", (answer) => {
    if (answer.request().isNavigationRequest()) text = answer.text();
  });
  client.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type === "Script") urls.set(requestId, new URL(response.url).pathname);
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const path = urls.get(requestId);
    if (path !== undefined) bytes.set(path, encodedDataLength);
  });
  await client.send("Network.enable");
  return async () => {
    const html = await text;
    return [...bytes].reduce((sum, [path, size]) => (html.includes(path) ? sum + size : sum), 0);
  };
}
