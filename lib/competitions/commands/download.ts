import { inTransaction } from "@/db/tx";
import { audit, type CommandContext } from "./context";

/** An admin reads what somebody else submitted: said in the audit. Whether they may was found out before. */
export async function recordDownload(context: CommandContext, submission: string): Promise<void> {
  await inTransaction(context.db, (tx) =>
    audit(tx, context, { action: "submission.download", resource: submission }),
  );
}
