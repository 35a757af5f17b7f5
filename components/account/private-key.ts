export const privateKeyWarning =
  "That is a private key. It was not sent and has been cleared. Paste the public half, the file that ends in .pub; if anyone else could have seen the private one, make a new pair.";

/** Whether a text is, or holds, the secret half of a key pair in any of the common file forms. */
export function looksLikePrivateKey(text: string): boolean {
  return /PRIVATE KEY|PuTTY-User-Key-File/i.test(text);
}

/** The comment at the end of a public key line, which `ssh-keygen` fills with user and computer. */
export function keyComment(publicKey: string): string {
  const [, , ...comment] = publicKey.trim().split(/\s+/);
  return comment.join(" ");
}
