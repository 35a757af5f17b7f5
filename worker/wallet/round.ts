import { claimDailyCheck } from "@/lib/wallet/verify/daily";
import { verifyLedger } from "@/lib/wallet/verify/verify";
import type { WorkerDeps } from "../deps";
import { holdReasons } from "./hold-reasons";

/** Verifies the ledger once a day, whichever worker comes first. */
export function ledgerCheckRound({
  db,
  log,
  owner,
}: Pick<WorkerDeps, "db" | "log" | "owner">): () => Promise<void> {
  return async () => {
    if (!(await claimDailyCheck(db, owner))) return;
    const findings = await verifyLedger(db, holdReasons);
    for (const finding of findings) log.error({ ledger: finding }, "The ledger does not add up.");
    if (findings.length === 0) log.info("The ledger adds up.");
  };
}
