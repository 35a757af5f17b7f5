import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { wdbcPicture } from "./medforge/competitions/wdbc-picture";

/** Draws the picture of the competition that comes with the project; a test holds the file against it. */
const folder = fileURLToPath(new URL("../competitions/wdbc-fine-needle/", import.meta.url));
writeFileSync(`${folder}picture.png`, wdbcPicture(readFileSync(`${folder}public/train.csv`, "utf8")));
