import { memoryAsSold, shortModel } from "@/components/fleet/gpu";
import type { ReservableGpu } from "@/lib/schedule/reservation-model";
import { priceText } from "./words";

/** More names than these say less than their number. */
const mostNamed = 8;

interface Offer {
  readonly key: string;
  readonly model: string;
  readonly price: string;
  readonly gpus: readonly ReservableGpu[];
}

/** GPUs that are alike and cost the same, together. */
function offersOf(gpus: readonly ReservableGpu[]): Offer[] {
  const offers = new Map<string, Offer>();
  for (const gpu of gpus) {
    if (gpu.rate === null) continue;
    const model = `${shortModel(gpu.model)} ${memoryAsSold(gpu.memoryMiB)} GB`;
    const price = priceText(gpu.rate);
    const key = `${model} ${price}`;
    offers.set(key, { key, model, price, gpus: [...(offers.get(key)?.gpus ?? []), gpu] });
  }
  return [...offers.values()];
}

function gpusText(gpus: readonly ReservableGpu[]): string {
  const onOne = new Set(gpus.map(({ node }) => node)).size === 1;
  if (!onOne || gpus.length > mostNamed) return `${gpus.length} GPUs`;
  return `GPU ${gpus.map(({ index }) => index).join(", ")}`;
}

/** What an hour costs, of which GPUs. */
export function Rates({ gpus }: { gpus: readonly ReservableGpu[] }) {
  return (
    <ul aria-label="Rates" className="flex flex-wrap gap-x-5 gap-y-1 text-xs tabular-nums">
      {offersOf(gpus).map(({ key, model, price, gpus: those }) => (
        <li key={key}>
          <span className="text-muted-foreground">
            {gpusText(those)}, {model}:
          </span>{" "}
          <span className="font-medium">{price} an hour</span>
        </li>
      ))}
    </ul>
  );
}
