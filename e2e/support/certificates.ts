import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output } from "./run";

const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority such as a university's, by the real openssl. */
export interface Authority {
  folder: string;
  /** PEM file of its root. */
  root: string;
  /** Signs a certificate for names. @returns where certificate and key were written */
  issue(file: string, names: readonly string[], days?: number): Promise<{ certificate: string; key: string }>;
}

/** Makes an authority in a folder of its own, which the caller removes. */
export async function newAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), "mf-authority-"));
  const at = (name: string) => join(folder, name);
  const subject = ["-subj", "/CN=University root", "-days", "3650"];
  await output([
    "openssl",
    "req",
    "-x509",
    ...key,
    ...subject,
    "-keyout",
    at("root.key"),
    "-out",
    at("root.pem"),
  ]);
  return {
    folder,
    root: at("root.pem"),
    async issue(file, names, days = 90) {
      const [request, certificate, own] = [at(`${file}.csr`), at(`${file}.pem`), at(`${file}.key`)];
      await output(["openssl", "req", ...key, "-subj", "/CN=lab", "-keyout", own, "-out", request]);
      const extensions = at(`${file}.ext`);
      writeFileSync(extensions, `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
      const signer = ["-CA", at("root.pem"), "-CAkey", at("root.key"), "-CAcreateserial"];
      const what = ["-in", request, "-out", certificate, "-days", String(days), "-extfile", extensions];
      await output(["openssl", "x509", "-req", ...signer, ...what]);
      return { certificate, key: own };
    },
  };
}
