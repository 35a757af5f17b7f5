// Writes the browser's contract from the router: `npm run generate`, after a procedure was added or moved.
import { writeFileSync } from "node:fs";
import { browserContract } from "@/lib/api/contract";
import { router } from "@/lib/api/router";

const target = new URL("../lib/api/contract.generated.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(browserContract(router), null, 2)}\n`);
