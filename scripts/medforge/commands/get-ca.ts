import { existsSync, readFileSync } from "node:fs";
import { urlOf } from "../config";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { isoDay, parseCertificates } from "../tls/certificate";

export interface GetCaOptions {
  data?: string;
  print?: boolean;
}

/** How each kind of computer comes to trust a root that lies beside it as medforge-ca.pem. */
const instructions = [
  [
    "Debian, Ubuntu",
    "sudo cp medforge-ca.pem /usr/local/share/ca-certificates/medforge-ca.crt && sudo update-ca-certificates",
  ],
  [
    "macOS",
    "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain medforge-ca.pem",
  ],
  ["Windows", "certutil -addstore -f Root medforge-ca.pem     (in a prompt run as administrator)"],
  [
    "Firefox",
    "Settings, Privacy & Security, View Certificates, Authorities, Import; tick “identify websites”",
  ],
] as const;

/** Prints where the local authority's root is, its fingerprint, and how to trust it; or the root itself. */
export function getCaCommand(options: GetCaOptions): void {
  const { config, layout } = openInstallation(options.data);
  if (config.tls !== "local") {
    throw new SetupError(
      `There is no root to hand out: with MEDFORGE_TLS=${config.tls} the certificate of ${urlOf(config)} comes from an authority that is trusted already, or that the lab's IT department gives out.`,
      `Nothing to do. (On this host alone, ${layout.caFile} vouches for https://localhost:${config.port}.)`,
    );
  }
  if (!existsSync(layout.caFile)) {
    throw new SetupError(
      "The local authority has not been made yet.",
      "Start with `./medforge up --detach`.",
    );
  }
  const pem = readFileSync(layout.caFile, "utf8");
  if (options.print) {
    process.stdout.write(pem);
    return;
  }
  const [root] = parseCertificates(pem);
  const url = `${urlOf(config)}/ca.pem`;
  const width = Math.max(...instructions.map(([system]) => system.length)) + 2;
  console.log(
    [
      `Root      ${layout.caFile}, also at ${url}`,
      `SHA-256   ${root.fingerprint256}`,
      `Valid to  ${isoDay(root.validTo)}`,
      "",
      "On each computer that opens the console, fetch it and compare the fingerprint before you trust it:",
      `  curl -k -o medforge-ca.pem ${url}`,
      "  openssl x509 -in medforge-ca.pem -noout -fingerprint -sha256",
      "",
      ...instructions.map(([system, how]) => `${system.padEnd(width)}${how}`),
    ].join("\n"),
  );
}
