import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { announcedDigest, reprDigest } from "./digest";

const hex = createHash("sha256").update("abc").digest("hex");
const base64 = createHash("sha256").update("abc").digest("base64");

describe("announcedDigest", () => {
  it.each([
    ["repr-digest", `sha-256=:${base64}:`],
    ["repr-digest", `sha-512=:AAAA:, sha-256=:${base64}:`],
    ["content-digest", `sha-256=:${base64}:`],
    ["digest", `SHA-256=${base64}`],
    ["digest", `sha-256=${base64},md5=AAAA`],
  ])("reads %s: %s", (name, value) => {
    expect(announcedDigest(new Headers({ [name]: value }))).toBe(hex);
  });

  it.each([
    ["repr-digest", `sha-256=${base64}`],
    ["repr-digest", "sha-256=:AAAA:"],
    ["repr-digest", "sha-256=::"],
    ["digest", `sha-256=${hex}`],
    ["digest", `sha-256=:${base64}:`],
  ])("refuses %s: %s", (name, value) => {
    expect(() => announcedDigest(new Headers({ [name]: value }))).toThrow(/is no SHA-256/);
  });

  it("is silent where nothing names a SHA-256", () => {
    expect(announcedDigest(new Headers())).toBeUndefined();
    expect(announcedDigest(new Headers({ "repr-digest": "sha-512=:AAAA:" }))).toBeUndefined();
  });

  it("reads what it writes", () => {
    expect(announcedDigest(new Headers({ "repr-digest": reprDigest(hex) }))).toBe(hex);
  });
});
