import { styleText } from "node:util";
import { AppError } from "@/lib/kernel/errors";
import { unfreezeAccount } from "@/lib/wallet/freeze";
import { currencies, longestFreezeReason } from "@/lib/wallet/model";
import { type LedgerFinding, verifyLedger } from "@/lib/wallet/verify/verify";
import { holdReasons } from "@/worker/wallet/hold-reasons";
import { asAdmin } from "../competitions/admin-context";
import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { requireRunning } from "../supervisor/control";

/** Adds the whole ledger up and tells what is wrong; accounts that are get frozen. @returns 1 where something is */
export async function verifyLedgerCommand(options: { data?: string; json?: boolean }): Promise<0 | 1> {
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  const findings = await asAdmin(context, ({ db }) => verifyLedger(db, holdReasons));
  if (options.json) console.log(JSON.stringify({ findings }, null, 2));
  else for (const line of report(findings)) console.log(line);
  return findings.length === 0 ? 0 : 1;
}

function report(findings: readonly LedgerFinding[]): string[] {
  if (findings.length === 0) return [`${styleText("green", "✓")} The ledger adds up.`];
  return findings.map(({ account, finding, frozenNow }) => {
    const where = account
      ? `${account.username}, ${account.currency}${frozenNow ? ", frozen now" : ""}: `
      : "";
    return `${styleText("red", "✗")} ${where}${finding}`;
  });
}

/** Lets money move again on an account that a verification froze. @throws SetupError */
export async function unfreezeCommand(
  username: string,
  wanted: string,
  options: { data?: string; reason: string },
): Promise<void> {
  const currency = currencies.find((known) => known === wanted);
  if (!currency) throw new SetupError(`There is no currency ${wanted}.`, `One of: ${currencies.join(", ")}.`);
  const reason = options.reason.trim().slice(0, longestFreezeReason);
  if (reason === "") throw new SetupError("It needs a reason.", "Say what was found, after --reason.");
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  try {
    await asAdmin(context, ({ db, actor, requestId }) =>
      unfreezeAccount(db, { ...actor, requestId }, { username, currency, reason }),
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new SetupError(error.message, "`./medforge ledger verify` lists what is wrong.", error);
  }
  console.log(`${styleText("green", "✓")} Money moves again on the ${currency} account of ${username}.`);
}
