"use client";

import { useSurface } from "./surface-provider";

/** How scripts begin a request: they don't know the certificate of a lab that signs its own. */
export function useLabCurl(): string {
  return useSurface().ownCa ? "curl --cacert ca.pem" : "curl";
}

/** Where `ca.pem` comes from; nothing where the certificate is of an authority that everybody knows. */
export function OwnCaNote() {
  if (!useSurface().ownCa) return null;
  return (
    <p className="text-muted-foreground text-xs">
      The lab signs its own certificate: put its root,{" "}
      <a
        href="/ca.pem"
        download="ca.pem"
        className="focus-ring rounded-sm font-mono text-link underline underline-offset-4"
      >
        ca.pem
      </a>
      , where the command runs.
    </p>
  );
}
