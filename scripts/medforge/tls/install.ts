import { chmodSync, chownSync, existsSync, renameSync, writeFileSync } from "node:fs";
import type { Context } from "../context";
import { accountOf } from "../users";
import { readAcmeRoot, readCertificateFiles } from "./settings";

/** Root's to change, Caddy's to read, nobody else's; written beside and renamed, so that no half of it is ever read. */
function writeForCaddy(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chownSync(fresh, 0, accountOf("medforge-caddy").gid);
  chmodSync(fresh, 0o640);
  renameSync(fresh, path);
}

/**
 * Gives Caddy its own copy of the lab's certificate, or of its ACME authority's root. Files that are no good any more,
 * such as half of a renewal, leave the last good copy in place: the edge stays up, and `doctor` tells.
 * @throws SetupError when they are no good and there is no copy yet
 */
export function installCertificates({ config, layout, report }: Context): void {
  try {
    if (config.tls === "files") {
      const { certificate, key } = readCertificateFiles(config);
      writeForCaddy(layout.tlsKey, key);
      writeForCaddy(layout.tlsCert, certificate);
    } else if (config.tls === "acme" && config.acmeRoot !== null) {
      writeForCaddy(layout.acmeRoot, readAcmeRoot(config.acmeRoot));
    }
  } catch (error) {
    if (!existsSync(config.tls === "files" ? layout.tlsCert : layout.acmeRoot)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    report.event({ kind: "note", text: `${why} The copy made before is used.` });
  }
}
