import { expect, it } from "vitest";
import { keyComment, looksLikePrivateKey } from "./private-key";

it.each([
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
  "-----BEGIN RSA PRIVATE KEY-----",
  "-----BEGIN ENCRYPTED PRIVATE KEY-----",
  "PuTTY-User-Key-File-3: ssh-ed25519",
])("recognises the private key %j", (text) => {
  expect(looksLikePrivateKey(text)).toBe(true);
});

it("lets a public key pass", () => {
  expect(looksLikePrivateKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI ana@laptop")).toBe(false);
});

it("takes the comment, spaces and all, as a name", () => {
  expect(keyComment("ssh-ed25519 AAAA ana at laptop\n")).toBe("ana at laptop");
  expect(keyComment("ssh-ed25519 AAAA")).toBe("");
});
