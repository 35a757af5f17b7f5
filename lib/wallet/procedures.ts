import { userProcedure } from "@/lib/auth/procedure";
import { envelope, ok } from "@/lib/kernel/envelope";
import { walletView } from "./model";
import { getWallet } from "./queries";

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
};
