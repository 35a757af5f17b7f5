import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { wdbcPicture } from "./wdbc-picture";

const shipped = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../competitions/wdbc-fine-needle/${name}`, import.meta.url)));

it("is what scripts/draw-pictures.ts makes of the data that the project ships", () => {
  const drawn = Buffer.from(wdbcPicture(shipped("public/train.csv").toString("utf8")));
  expect(drawn.equals(shipped("picture.png"))).toBe(true);
});
