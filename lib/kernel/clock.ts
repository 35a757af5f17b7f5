/** Wall-clock time in; rules and models take `now` as an argument and never read it themselves. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
