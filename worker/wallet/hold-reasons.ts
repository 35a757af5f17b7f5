import { livingBids } from "@/lib/schedule/queries/living-bids";
import { livingReservations } from "@/lib/schedule/queries/living-reservations";
import type { HoldReasons } from "@/lib/wallet/ports";

/** What knows whether a hold's reason is still there, by the hold's kind: for the worker and the command line. */
export const holdReasons: HoldReasons = { bid: livingBids, reservation: livingReservations };
