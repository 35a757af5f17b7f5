import { expect, it } from "vitest";
import { createApiTokenInput } from "@/lib/auth/model";
import { tokenExpiry, tokenLifetimes } from "./token-expiry";

const now = new Date("2026-11-22T13:00:00.000Z");
const asked = (days: string) =>
  createApiTokenInput.safeParse({ name: "ci", expiresAt: tokenExpiry(days, now) });

it.each(tokenLifetimes)("takes $label", ({ days }) => expect(asked(days).success).toBe(true));

it("counts days from now, and none for never", () => {
  expect(tokenExpiry("7", now)).toBe("2026-11-29T13:00:00.000Z");
  expect(tokenExpiry("0", now)).toBeUndefined();
});

it.each(["", "soon", "-7", "7.5", "1e3", "Infinity", "99999999999"])(
  "%j is refused rather than taken for never",
  (days) => expect(asked(days).success).toBe(false),
);
