import { expect, it } from "vitest";
import { mergeConfig } from "../config";
import type { setupEnv } from "../env";
import { SetupError } from "../errors";
import { checkEdge } from "./settings";

type Env = ReturnType<typeof setupEnv>;

const none = { HOME: "/root", SHELL: "/bin/sh", TERM: "dumb" } satisfies Partial<Env>;
const url = "https://lab.medforge.test:8443";

const check = (settings: Partial<Env>) => checkEdge(mergeConfig(undefined, { ...none, ...settings }, {}));

it.each<[string, Partial<Env>]>([
  ["Caddy's own authority at localhost", {}],
  ["ACME for names", { MEDFORGE_TLS: "acme", MEDFORGE_URL: url, MEDFORGE_TLS_EMAIL: "it@example.org" }],
  ["an internal surface on an address of its own", { MEDFORGE_URL: url, MEDFORGE_INTERNAL_BIND: "10.0.0.7" }],
])("%s can be", (_what, settings) => {
  expect(() => check(settings)).not.toThrow();
});

it.each<[string, Partial<Env>, RegExp]>([
  ["one host for both surfaces", { MEDFORGE_INTERNAL_URL: "https://localhost:8443" }, /same host, localhost/],
  ["an address that keeps nobody apart", { MEDFORGE_INTERNAL_BIND: "0.0.0.0" }, /keeps nobody apart/],
  [
    "an address for no surface",
    { MEDFORGE_INTERNAL_BIND: "127.0.0.2", MEDFORGE_INTERNAL_URL: "none" },
    /there is no internal/,
  ],
  ["ACME for localhost", { MEDFORGE_TLS: "acme", MEDFORGE_TLS_EMAIL: "it@x.test" }, /can't serve localhost/],
  [
    "ACME for an address",
    { MEDFORGE_TLS: "acme", MEDFORGE_URL: "https://192.0.2.7" },
    /can't serve 192\.0\.2\.7/,
  ],
  ["ACME without an address to write to", { MEDFORGE_TLS: "acme", MEDFORGE_URL: url }, /MEDFORGE_TLS_EMAIL/],
  ["files without a certificate", { MEDFORGE_TLS: "files", MEDFORGE_URL: url }, /needs MEDFORGE_TLS_CERT/],
])("%s is refused", (_what, settings, words) => {
  expect(() => check(settings)).toThrow(SetupError);
  expect(() => check(settings)).toThrow(words);
});
