import { userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged } from "@/lib/kernel/envelope";
import { listTransactionsInput, transactionView, walletView } from "./model";
import { getWallet } from "./queries";
import { listTransactions } from "./statement";

/** A person's own money: the same on both surfaces, since GPU time is paid for alike on either. */
export const walletProcedures = {
  get: userProcedure
    .route({
      method: "GET",
      path: "/wallet",
      tags: ["Wallet"],
      summary: "What you have, and what of it is held",
    })
    .output(envelope(walletView))
    .handler(async ({ context }) => ok(await getWallet(context.db, context.actor))),
  transactions: userProcedure
    .route({
      method: "GET",
      path: "/wallet/transactions",
      tags: ["Wallet"],
      summary: "Your statement, newest first, with the balance after each line",
    })
    .input(listTransactionsInput)
    .output(listEnvelope(transactionView))
    .handler(async ({ context, input }) => paged(await listTransactions(context.db, context.actor, input))),
};
