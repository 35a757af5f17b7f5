"use client";

import { hoursText } from "@/components/schedule/words";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { StateBadge } from "@/components/ui/state-badge";
import {
  Table,
  TableActions,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { spanText } from "@/lib/kernel/zoned-time";
import type { StartView } from "@/lib/schedule/model";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import { CancelButton } from "./cancel-button";
import { ExtendButton } from "./extend-button";
import { cancelledText, priceText, reservationStates } from "./words";

export interface ReservationTableProps {
  reservations: readonly ReservationView[];
  /** Says whose each is. */
  people: boolean;
  /** Who reads it. */
  username: string;
  /** How many hours one reservation may have. */
  maxHours: number;
  /** What of the reader's starts by itself. */
  starts: readonly StartView[];
}

export function ReservationTable({ reservations, ...of }: ReservationTableProps) {
  const { people } = of;
  return (
    <Table aria-label="Reservations">
      <TableHeader>
        <tr>
          <TableHead className="max-sm:hidden">State</TableHead>
          {people ? <TableHead className="max-sm:hidden">Whose</TableHead> : null}
          <TableHead className="max-sm:pl-4">Hours</TableHead>
          <TableHead numeric className="max-sm:hidden">
            Cost
          </TableHead>
          <TableHead numeric className="max-md:hidden">
            Paid
          </TableHead>
          <TableHead className="max-lg:hidden">Free to cancel until</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {reservations.map((reservation) => (
          <Row key={reservation.id} reservation={reservation} {...of} />
        ))}
      </TableBody>
    </Table>
  );
}

type RowProps = Omit<ReservationTableProps, "reservations"> & { reservation: ReservationView };

function Row({ reservation, people, username, maxHours, starts }: RowProps) {
  const zone = useLabZone();
  const { gpu, model, startsAt, endsAt, hours, cost, paid, rate } = reservation;
  const price = (amount: string) => priceText({ amount, currency: rate.currency });
  return (
    <TableRow>
      <TableCell className="whitespace-nowrap max-sm:hidden">
        <State reservation={reservation} />
      </TableCell>
      {people ? <TableCell className="max-sm:hidden">{reservation.person}</TableCell> : null}
      <TableCell className="max-sm:pl-4 sm:whitespace-nowrap" suppressHydrationWarning>
        <div className="mb-1 sm:hidden">
          <State reservation={reservation} />
          {people ? <p className="mt-1 font-medium">{reservation.person}</p> : null}
        </div>
        {spanText(new Date(startsAt), new Date(endsAt), zone)}
        <TableSecondLine>
          <span title={model}>{gpu}</span>, {hoursText(hours)}
          <span className="sm:hidden">
            , {price(cost)}, {price(paid)} paid
          </span>
        </TableSecondLine>
        <Starts reservation={reservation} starts={starts} />
      </TableCell>
      <TableCell numeric className="whitespace-nowrap max-sm:hidden">
        {price(cost)}
      </TableCell>
      <TableCell numeric className="whitespace-nowrap max-md:hidden">
        {price(paid)}
      </TableCell>
      <TableCell className="max-lg:hidden">
        <FreeUntil reservation={reservation} />
      </TableCell>
      <TableActions>
        <div className="flex justify-end gap-2 max-sm:flex-col">
          {reservation.canExtend ? (
            <ExtendButton reservation={reservation} maxHours={maxHours} size="sm" />
          ) : null}
          {reservation.canCancel ? (
            <CancelButton reservation={reservation} mine={reservation.person === username} size="sm" />
          ) : null}
        </div>
      </TableActions>
    </TableRow>
  );
}

/** A column of its own where there is room, else above the hours. */
function State({ reservation }: { reservation: ReservationView }) {
  const { state, lostHours } = reservation;
  const { tone, word } = reservationStates[state];
  const why = cancelledText(reservation);
  return (
    <>
      <StateBadge tone={tone}>{word}</StateBadge>
      {why ? <TableSecondLine>{why}</TableSecondLine> : null}
      {lostHours > 0 ? (
        <TableSecondLine>{hoursText(lostHours)} not charged: its GPU was away</TableSecondLine>
      ) : null}
    </>
  );
}

/** Whether a session starts by itself in it, and when. */
function Starts({ reservation, starts }: Pick<RowProps, "reservation" | "starts">) {
  const { gpuId, startsAt, endsAt } = reservation;
  const start = starts.find(
    ({ rests, slot, ...of }) =>
      !rests &&
      of.gpuId === gpuId &&
      Date.parse(slot) >= Date.parse(startsAt) &&
      Date.parse(slot) < Date.parse(endsAt),
  );
  if (!start) return null;
  return (
    <TableSecondLine className="text-info">
      A session starts by itself <Time value={start.slot} />
    </TableSecondLine>
  );
}

function FreeUntil({ reservation: { state, freeUntil } }: { reservation: ReservationView }) {
  const now = useNow(15_000);
  if (state === "pending" && freeUntil !== null && Date.parse(freeUntil) > now)
    return <Time value={freeUntil} />;
  return <span className="text-muted-foreground">–</span>;
}
