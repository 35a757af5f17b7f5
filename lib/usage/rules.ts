import type { Agreement, LiveGpu, LiveStatusView, UsageTotal } from "./model";

/** A sample: a minute of the database's clock. ms */
export const sampleMs = 60_000;

/** Stands for programs of which nobody told whose they are; the brackets make it a name that nobody of the lab can have. */
export const outsideName = "(outside)";

/** Below this share of an hour's samples somebody on it is passing noise, such as a driver's check: nobody used it. */
const leastShare = 0.1;

export interface Seen {
  readonly person: string;
  /** How many samples saw them. */
  readonly samples: number;
}

export interface Sampled {
  readonly samples: number;
  /** Those in which anybody was on it. */
  readonly busySamples: number;
}

/** The holder first, whose hour it is; then those with a name; then by name. */
function rankOf(person: string, assigned: string | null): number {
  if (person === assigned) return 0;
  return person === outsideName ? 2 : 1;
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Who an hour's GPU was used by: whom most of its samples saw. Null when fewer than a tenth saw anybody. Whoever uses half
 * of an hour used it, so nobody is no candidate: a training that ended early is no hour left idle.
 * @param assigned who held it, by name
 */
export function actualUser(
  { samples, busySamples }: Sampled,
  seen: readonly Seen[],
  assigned: string | null,
): Seen | null {
  if (busySamples === 0 || busySamples < samples * leastShare) return null;
  const [most] = [...seen].sort(
    (a, b) =>
      b.samples - a.samples ||
      rankOf(a.person, assigned) - rankOf(b.person, assigned) ||
      byName(a.person, b.person),
  );
  return most ?? null;
}

/** What is known of a GPU's hour. */
export interface UsedHour extends Sampled {
  /** The hour is over, and its outcome written if anybody looked. */
  readonly over: boolean;
  readonly assigned: string | null;
  readonly assignedSamples: number;
  readonly actual: string | null;
  readonly actualSamples: number;
}

export function agreementOf({ over, samples, assigned, actual }: UsedHour): Agreement {
  if (!over) return "not_over";
  if (samples === 0) return "not_seen";
  if (actual === null) return assigned === null ? "free" : "held_idle";
  if (assigned === null) return "not_held";
  return actual === assigned ? "as_held" : "by_another";
}

type Sums = { -readonly [Name in Exclude<keyof UsageTotal, "person">]: number };

/** Hours to a hundredth: samples say no more. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

/** What each person held and used, most held first. What they were on is in hours by the share of an hour's samples. */
export function totalsOf(all: Iterable<UsedHour>): UsageTotal[] {
  const sums = new Map<string, Sums>();
  const of = (person: string): Sums => {
    const known = sums.get(person) ?? { held: 0, seen: 0, used: 0, idle: 0, lost: 0, elsewhere: 0 };
    sums.set(person, known);
    return known;
  };
  for (const hour of all) {
    const { over, assigned, actual, samples, assignedSamples } = hour;
    if (!over) continue;
    const agreement = agreementOf(hour);
    if (assigned !== null) {
      const own = of(assigned);
      own.held++;
      if (samples > 0) own.seen++;
      if (samples > 0) own.used += assignedSamples / samples;
      if (agreement === "held_idle") own.idle++;
      if (agreement === "by_another") own.lost++;
    }
    if (actual !== null && actual !== assigned) of(actual).elsewhere++;
  }
  return [...sums]
    .map(([person, sum]) => ({ person, ...sum, used: rounded(sum.used) }))
    .sort((a, b) => b.held - a.held || b.elsewhere - a.elsewhere || byName(a.person, b.person));
}

/** Whoever looks at the live view. */
export interface Audience {
  readonly signedIn: boolean;
  /** The lab tells names to everybody. */
  readonly publicNames: boolean;
}

/** What of the live view is told to whom: outside the lab no host's name, and nobody's unless the lab says so. */
export function disclosed(view: LiveStatusView, { signedIn, publicNames }: Audience): LiveStatusView {
  if (signedIn) return view;
  const bare = (gpu: LiveGpu): LiveGpu => ({
    ...gpu,
    node: null,
    ...(publicNames ? {} : { assigned: null, users: null }),
  });
  return { ...view, gpus: view.gpus.map(bare) };
}
