import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { registerInput } from "@/lib/auth/model";
import { firstPassword, passwordBytes } from "./first-password";

test("a first password is one that registration takes, without letters that look alike", () => {
  for (let round = 0; round < 200; round++) {
    const password = firstPassword(randomBytes(passwordBytes));
    expect(password).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
    expect(registerInput.shape.password.parse(password)).toBe(password);
  }
});

test("every byte counts, and each letter is as likely as any other", () => {
  const all = firstPassword(Uint8Array.from({ length: passwordBytes }, (_, place) => place));
  expect(new Set(all.replaceAll("-", "")).size).toBe(passwordBytes);
  const counts = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const letter = firstPassword(new Uint8Array(passwordBytes).fill(byte)).charAt(0);
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect(new Set(counts.values())).toEqual(new Set([8]));
});
