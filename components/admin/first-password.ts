/** Letters and digits that nobody takes for one another when they are read aloud or typed off a screen. */
const letters = "abcdefghijkmnpqrstuvwxyz23456789";
const [groups, groupLength] = [4, 4];

/** How many random bytes a password is made of. */
export const passwordBytes = groups * groupLength;

/** A password to hand over, `k7wq-93fn-xd2m-pu8z`: 80 random bits. @param random `passwordBytes` of them */
export function firstPassword(random: Uint8Array): string {
  const text = Array.from(random, (byte) => letters.charAt(byte % letters.length));
  return Array.from({ length: groups }, (_, group) =>
    text.slice(group * groupLength, (group + 1) * groupLength).join(""),
  ).join("-");
}
