import { livingBids } from "@/lib/schedule/queries/living-bids";
import type { HoldReasons } from "@/lib/wallet/ports";

/** What knows whether a hold's reason is still there, by the hold's kind: for the worker and the command line. */
export const holdReasons: HoldReasons = { bid: livingBids };
