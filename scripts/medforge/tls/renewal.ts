import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writePrivateFile } from "../config";
import { run } from "../exec";
import type { Layout } from "../layout";
import { asUser } from "../parts/part";

/**
 * `leaf`: the certificates that the edge shows, and its accounts with ACME authorities; `root`: also the local authority
 * itself.
 */
const renewals = z.enum(["leaf", "root"]);
export type Renewal = z.output<typeof renewals>;

/** Notes what Caddy's next start makes anew: only then is nobody at it who could write the old back. */
export function planRenewal(layout: Layout, renewal: Renewal): void {
  writePrivateFile(layout.renewal, renewal);
}

/**
 * Throws away what a planned renewal replaces. As Caddy's own user, who could have put a link to anywhere into that
 * folder; an interrupted one is done again.
 */
export async function carryOutRenewal(layout: Layout): Promise<void> {
  if (!existsSync(layout.renewal)) return;
  const renewal = renewals.parse(readFileSync(layout.renewal, "utf8"));
  // Names that get their first certificates at once register at once, and Caddy may keep the one's account with the other's
  // key: every later order is "malformed" then, until the account is made anew.
  const leaf = ["certificates", "acme"];
  const folders = renewal === "root" ? [...leaf, "pki"] : leaf;
  const paths = folders.map((name) => join(layout.caddy, name));
  await run(asUser({ user: "medforge-caddy" }, ["rm", "-rf", "--", ...paths]));
  rmSync(layout.renewal);
}
