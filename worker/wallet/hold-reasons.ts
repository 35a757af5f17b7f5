import { bidHolds } from "@/lib/schedule/queries/living-bids";
import { reservationHolds } from "@/lib/schedule/queries/living-reservations";
import type { HoldReasons } from "@/lib/wallet/ports";

/** What knows which holds have a reason, and which there must be, by their kind: for the worker and the command line. */
export const holdReasons: HoldReasons = { bid: bidHolds, reservation: reservationHolds };
