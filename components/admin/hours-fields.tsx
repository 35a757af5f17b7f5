import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { GpuMode, GpuView, UpdateGpuInput } from "@/lib/fleet/model";
import { type Currency, currencies } from "@/lib/wallet/model";

const modeHints: Record<GpuMode, string> = {
  "on-demand": "Whoever launches first has it.",
  auction:
    "Each hour of the coming week goes to whoever bids most; launches without an hour pass over it at once.",
  reservation: "Booked by the hour at a fixed rate; launches without an hour pass over it at once.",
};

const currencyNames: Record<Currency, string> = { CREDIT: "credits", USD: "USD" };

/** How a GPU's hours are given out, as the form holds it. */
export interface HoursDraft {
  readonly mode: GpuMode;
  readonly amount: string;
  readonly currency: Currency;
}

export function hoursDraft({ mode, rate }: GpuView): HoursDraft {
  return { mode, amount: rate?.amount ?? "1", currency: rate?.currency ?? "CREDIT" };
}

/** What of it changes, as the API takes it. */
export function hoursChange(gpu: GpuView, draft: HoursDraft): Pick<UpdateGpuInput, "mode" | "rate"> {
  const { mode, amount, currency } = draft;
  if (mode !== "reservation") return mode === gpu.mode ? {} : { mode };
  const same = mode === gpu.mode && amount === gpu.rate?.amount && currency === gpu.rate.currency;
  return same ? {} : { mode, rate: { amount, currency } };
}

export interface HoursFieldsProps {
  draft: HoursDraft;
  onChange: (draft: HoursDraft) => void;
  errors: Readonly<Record<string, string>> | undefined;
}

/** The fields of a GPU's form that a problem may name. */
export const hoursFieldNames = ["mode", "rate", "rate.amount", "rate.currency"];

export function HoursFields({ draft, onChange, errors }: HoursFieldsProps) {
  const change = (part: Partial<HoursDraft>) => onChange({ ...draft, ...part });
  return (
    <>
      <Field label="Its hours" hint={modeHints[draft.mode]} error={errors?.mode}>
        {(control) => (
          <Select
            {...control}
            value={draft.mode}
            onValueChange={(value) => change({ mode: value as GpuMode })}
          >
            <option value="on-demand">On demand</option>
            <option value="auction">Auctioned weekly</option>
            <option value="reservation">Booked at a rate</option>
          </Select>
        )}
      </Field>
      {draft.mode === "reservation" ? (
        <div className="grid grid-cols-2 gap-4">
          <Field
            label="An hour costs"
            hint="What is booked keeps its rate."
            error={errors?.["rate.amount"] ?? errors?.rate}
          >
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                required
                value={draft.amount}
                onChange={(event) => change({ amount: event.target.value.trim() })}
                className="font-mono"
              />
            )}
          </Field>
          <Field label="Paid in" error={errors?.["rate.currency"]}>
            {(control) => (
              <Select
                {...control}
                value={draft.currency}
                onValueChange={(value) => change({ currency: value as Currency })}
              >
                {currencies.map((currency) => (
                  <option key={currency} value={currency}>
                    {currencyNames[currency]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
      ) : null}
    </>
  );
}
