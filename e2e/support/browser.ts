import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { z } from "zod";
import type { Api } from "./api";
import { exchange } from "./http";
import type { Person } from "./people";

/** Gives the browser the login that the API client holds, at the client's own address. */
export async function signIn(context: BrowserContext, api: Api): Promise<void> {
  const cookies = api
    .cookieEntries()
    .map(({ name, value }) => ({ name, value, url: api.origin, httpOnly: true, secure: true }));
  await context.addCookies(cookies);
}

/** Through the form, in the page that is open. */
export async function signInByForm(
  page: Page,
  { username, password }: Pick<Person, "username" | "password">,
): Promise<void> {
  await page.getByLabel("User name or email").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/home/);
}

/**
 * Whether React has taken over all that can be pressed or filled in: what is chosen before that is lost. The page itself is
 * there, and hydrated, after the frame around it. Nothing public tells; React's own marks on its elements do.
 */
function isTakenOver(): boolean {
  const main = document.querySelector("main");
  const parts = [...(main?.querySelectorAll("h1, button, input, select, textarea") ?? [])];
  const isReacts = (part: Element) => Object.keys(part).some((key) => key.startsWith("__reactProps$"));
  return (
    main?.querySelector("h1") != null && !main.querySelector("div[aria-busy=true]") && parts.every(isReacts)
  );
}

/** Opens a page of the console and waits until it is hydrated and hears of changes. */
export async function openConsole(page: Page, path: string): Promise<void> {
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v2/live");
  await page.goto(path);
  expect((await stream).status(), path).toBe(200);
  await page.waitForFunction(isTakenOver);
}

/**
 * Keeps a page's requests waiting.
 * @returns what lets them go
 */
export async function holdBack(page: Page, url: string): Promise<() => void> {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(url, async (route) => {
    await gate;
    await route.continue();
  });
  return letGo;
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

/** As Chromium asks. */
const encodings = "gzip, deflate, br, zstd";
/** Of browsers from before modules; none of today's asks for it. */
const legacyScript = /<script[^>]*\bnomodule\b[^>]*>/gi;
const scriptPath = /\/_next\/static\/[^"'\\\s]+\.js/g;

/**
 * Bytes of JavaScript (compressed, as they come over the wire) that a page's document names itself, and so a browser with
 * an empty cache waits for; what the page fetches later, such as the drawing of plots, is not among them.
 */
export async function firstLoadBytes(api: Api, path: string): Promise<number> {
  const { origin } = api;
  const headers = { cookie: api.cookieHeader() };
  const page = await exchange({ method: "GET", origin, path, headers });
  expect(page.status, path).toBe(200);
  const scripts = [...new Set(page.text.replace(legacyScript, "").match(scriptPath))];
  const answers = await Promise.all(
    scripts.map((script) =>
      exchange({ method: "GET", origin, path: script, headers: { "accept-encoding": encodings } }),
    ),
  );
  for (const [index, { status }] of answers.entries()) expect(status, scripts[index]).toBe(200);
  return answers.reduce((sum, { bytes }) => sum + bytes, 0);
}
