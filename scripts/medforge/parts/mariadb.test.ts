import { expect, it } from "vitest";
import { bufferPoolMebibytes } from "./mariadb";

it("keeps a sixteenth of the host's memory for tables, within bounds", () => {
  const gibibyte = 1024 ** 3;
  expect(bufferPoolMebibytes(2 * gibibyte)).toBe(256);
  expect(bufferPoolMebibytes(32 * gibibyte + 5)).toBe(2048);
  expect(bufferPoolMebibytes(2048 * gibibyte)).toBe(8192);
});
