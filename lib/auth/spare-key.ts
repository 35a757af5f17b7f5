import { generateKeyPairSync } from "node:crypto";

/** A public key, as the line of a .pub file, whose private half is thrown away: it lets nobody in. */
export function spareSshPublicKey(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const parts = [Buffer.from("ssh-ed25519"), Buffer.from(x, "base64url")];
  const blob = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]));
  return `ssh-ed25519 ${blob.toString("base64")}`;
}
