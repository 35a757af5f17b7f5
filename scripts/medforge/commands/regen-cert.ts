import type { Context } from "../context";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { askRestart, requireRunning } from "../supervisor/control";
import { planRenewal } from "../tls/renewal";
import { openedAddresses, servedCertificate } from "../tls/served";
import { waitFor } from "../wait";

export interface RegenCertOptions {
  data?: string;
  root?: boolean;
}

/** An ACME authority may take its time; the local one takes milliseconds. In ms. */
const issueMs = 2 * 60_000;

/** SHA-256 of the certificate that each host is served with now; null where there is none. */
async function fingerprints({ config }: Context): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>();
  for (const { host, at } of openedAddresses(config)) {
    const certificate = await servedCertificate(at, config.port, host).catch(() => null);
    found.set(host, certificate?.fingerprint256 ?? null);
  }
  return found;
}

function refuseWhatIsNotOurs({ config }: Context, root: boolean): void {
  if (config.tls === "files") {
    throw new SetupError(
      `The certificate is the lab's own (${config.tlsCert}); MedForge can't issue it.`,
      "Put the new certificate and key at their paths, then `./medforge restart caddy`.",
    );
  }
  if (config.tls === "acme" && root) {
    throw new SetupError("With MEDFORGE_TLS=acme the root is the authority's.", "Leave --root out.");
  }
}

/** Has the edge's certificates issued anew. Sessions go on; open pages connect again by themselves. */
export async function regenCertCommand(options: RegenCertOptions): Promise<void> {
  const context = openInstallation(options.data);
  const { layout, config } = context;
  const root = options.root ?? false;
  refuseWhatIsNotOurs(context, root);
  await requireRunning(layout);
  const before = await fingerprints(context);
  planRenewal(layout, root ? "root" : "leaf");
  await askRestart(layout, "caddy");
  await waitFor("New certificates", issueMs, async () => {
    const now = await fingerprints(context);
    const old = [...now].filter(([host, print]) => print === null || print === before.get(host));
    return old.length === 0 ? null : `${old.map(([host]) => host).join(", ")} has none yet`;
  });
  for (const [host, print] of await fingerprints(context)) console.log(`${host}  SHA-256 ${print}`);
  if (!root) {
    console.log(
      config.tls === "local"
        ? "Signed by the same root as before: nobody has to do anything."
        : "Authorities issue only a few of these a week for one name.",
    );
    return;
  }
  console.log(
    `The root is new: every browser, script and computer that trusted the old one warns until it trusts ${layout.caFile}. Take the old one out there. \`./medforge get-ca\` says how.`,
  );
}
