import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { users } from "@/db/schema";
import { inSnapshot, inTransaction } from "@/db/tx";
import { notifyAdmins } from "@/lib/notices/notify";
import { freezeAsWrong } from "../freeze";
import type { HoldReasons } from "../ports";
import { userAccountOf } from "../rules";
import { recordCheck } from "./daily";
import { type Finding, findMistakes } from "./findings";

/** A finding as people are told of it. */
export interface LedgerFinding {
  /** Null where it is no one account's. */
  readonly account: { readonly username: string; readonly currency: string } | null;
  readonly finding: string;
  /** This verification froze the account. */
  readonly frozenNow: boolean;
}

/**
 * Adds the whole ledger up as it is at one instant. An account that is wrong is frozen, once, and administrators are told;
 * of what is no one account's they are told once a day.
 */
export async function verifyLedger(db: Db, reasons: HoldReasons): Promise<LedgerFinding[]> {
  const findings = await inSnapshot(db, (tx) => findMistakes(tx, reasons));
  const told: LedgerFinding[] = [];
  for (const finding of findings) told.push(await inTransaction(db, (tx) => act(tx, finding)));
  await recordCheck(db, findings.length);
  return told;
}

async function act(tx: Tx, { accountId, text, freezes }: Finding): Promise<LedgerFinding> {
  const account = accountId === null ? null : await accountNamed(tx, accountId);
  const frozenNow = accountId !== null && freezes && (await freezeAsWrong(tx, accountId, text));
  if (!freezes) {
    const content = { kind: "ledger_mismatch", username: null, finding: text } as const;
    await notifyAdmins(tx, content, await keyOfToday(tx, text));
  }
  return { account, finding: text, frozenNow };
}

async function accountNamed(tx: Tx, accountId: number): Promise<LedgerFinding["account"]> {
  const { user: userId, currency } = userAccountOf(accountId);
  const [user] = await tx.select({ username: users.username }).from(users).where(eq(users.id, userId));
  return user ? { username: user.username, currency } : null;
}

async function keyOfToday(tx: Tx, text: string): Promise<string> {
  const [rows] = (await tx.execute(sql`select cast(utc_date() as char) as day`)) as unknown as [
    { day: string }[],
  ];
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return `ledger:${rows[0]?.day}:${digest}`;
}
