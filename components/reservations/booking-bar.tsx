"use client";

import { useQuery } from "@tanstack/react-query";
import type { Ref } from "react";
import { ChoiceBar, DrawingHint } from "@/components/schedule/choice-bar";
import { StartButton } from "@/components/schedule/start-button";
import { hoursText } from "@/components/schedule/words";
import { Button } from "@/components/ui/button";
import { amountText, unitOf } from "@/components/wallet/amount";
import { api } from "@/lib/api/client";
import { hourMs } from "@/lib/fleet/rules";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import type { WalletView } from "@/lib/wallet/model";
import type { Block, Calendar } from "./calendar";
import { CancelButton } from "./cancel-button";
import { type Choice, newHours } from "./choice";
import { type ChoiceText, chosenText, pointedText, rateOf } from "./choice-text";
import { ExtendButton } from "./extend-button";
import type { Booking } from "./use-booking";
import { hoursName } from "./words";

export interface BookingBarProps {
  calendar: Calendar;
  /** By the lab's clock. ms */
  now: number;
  choice: Choice;
  /** The slot under the pointer or the focus. */
  pointed: number | null;
  wallet: WalletView;
  booking: Booking;
  /** The button that Enter presses in the calendar above. */
  mainButton: Ref<HTMLButtonElement>;
}

/** What is chosen, what it costs and leaves, what is allowed; and what can be done with it. */
export function BookingBar(props: BookingBarProps) {
  const { calendar, now, choice, pointed, wallet, booking, mainButton } = props;
  const own = useOwn(choice);
  const text = chosenText({ calendar, choice, own, wallet, now });
  return (
    <ChoiceBar
      refusal={booking.refusal}
      words={text ? <Words {...text} live /> : <Idle calendar={calendar} pointed={pointed} now={now} />}
    >
      <Balances calendar={calendar} own={own} wallet={wallet} />
      <Buttons
        calendar={calendar}
        now={now}
        choice={choice}
        own={own}
        blocked={text?.blocked ?? true}
        booking={booking}
        mainButton={mainButton}
      />
    </ChoiceBar>
  );
}

/** The reservation that is chosen, as it is now; null where none is, or it has not come yet. */
function useOwn(choice: Choice): ReservationView | null {
  const id = choice.kind === "own" ? choice.block.reservationId : null;
  const query = useQuery(
    api.reservations.get.queryOptions({ input: { id: id ?? "" }, enabled: id !== null }),
  );
  return id === null ? null : (query.data?.data ?? null);
}

/** @param live told to who does not see it as it changes: what only the pointer stands on is not */
function Words({ title, detail, live }: ChoiceText & { live?: true }) {
  return (
    <>
      <p className="font-medium tabular-nums" suppressHydrationWarning>
        {title}
      </p>
      <p className="text-muted-foreground text-xs tabular-nums" aria-live={live && "polite"}>
        {detail}
      </p>
    </>
  );
}

function Idle({ calendar, pointed, now }: Pick<BookingBarProps, "calendar" | "pointed" | "now">) {
  if (pointed !== null) return <Words {...pointedText(calendar, pointed, now)} />;
  return (
    <>
      <p className="font-medium">Nothing chosen</p>
      <p className="text-muted-foreground text-xs">
        <DrawingHint enter="books" coarse="Tap the first hour, then the last; or hold and draw." />
      </p>
    </>
  );
}

interface BalancesProps extends Pick<BookingBarProps, "calendar" | "wallet"> {
  own: ReservationView | null;
}

/** What there is to spend of each currency that a GPU costs; of a booking that is chosen, of its own: it is extended in that. */
function Balances({ calendar, own, wallet }: BalancesProps) {
  const rates = own ? [own.rate] : calendar.gpus.flatMap(({ rate }) => rate ?? []);
  const currencies = new Set(rates.map(({ currency }) => currency));
  return (
    <dl className="flex gap-5 text-xs tabular-nums">
      {wallet.balances
        .filter(({ currency }) => currencies.has(currency))
        .map(({ currency, available }) => (
          <div key={currency}>
            <dt className="text-muted-foreground">Available</dt>
            <dd className="text-sm">
              <span className="font-medium font-mono">{amountText(available, currency)}</span>{" "}
              <span className="text-muted-foreground">{unitOf(currency)}</span>
            </dd>
          </div>
        ))}
    </dl>
  );
}

interface ButtonsProps
  extends Pick<BookingBarProps, "calendar" | "now" | "choice" | "booking" | "mainButton"> {
  own: ReservationView | null;
  /** Nothing can be booked as things are. */
  blocked: boolean;
}

function Buttons({ calendar, now, choice, own, blocked, booking, mainButton }: ButtonsProps) {
  const hours = newHours(choice);
  if (choice.kind === "own" && hours === 0) {
    return (
      <div className="flex flex-wrap items-center gap-2">
        {own?.canCancel ? <CancelButton reservation={own} mine /> : null}
        <StartByItself calendar={calendar} block={choice.block} now={now} />
        {own?.canExtend ? (
          <ExtendButton reservation={own} maxHours={calendar.view.limits.maxHours} variant="primary" />
        ) : null}
      </div>
    );
  }
  const bookable = choice.kind === "book" || choice.kind === "own" ? choice : null;
  const rate = bookable && rateOf(calendar, bookable, own);
  return (
    <Button
      ref={mainButton}
      variant="primary"
      busy={booking.busy}
      disabled={blocked || rate === null}
      onClick={() => {
        if (bookable && rate) booking.book(bookable, rate);
      }}
    >
      {bookable ? `Book ${hoursText(hours)}${bookable.kind === "own" ? " more" : ""}` : "Book"}
    </Button>
  );
}

/** Of a reservation to come: a session can start by itself as it begins. */
function StartByItself({ calendar, block, now }: { calendar: Calendar; block: Block; now: number }) {
  const { gpu, from } = block;
  const begins = calendar.firstMs + from * hourMs;
  if (begins <= now) return null;
  const slot = { gpuId: calendar.gpus[gpu]?.id ?? "", slot: new Date(begins).toISOString() };
  return <StartButton slot={slot} name={hoursName(calendar, gpu, from, from + 1)} until={null} />;
}
