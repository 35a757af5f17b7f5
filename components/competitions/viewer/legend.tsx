import { cssOf, type Rgb } from "./colours";

export interface LegendItem {
  readonly name: string;
  readonly colour: Rgb;
  /** What there is of it: "412 voxels, 0.41 ml". */
  readonly amount?: string;
}

/** What the colours mean, in words. */
export function Legend({ label, items }: { label: string; items: readonly LegendItem[] }) {
  if (items.length === 0) return null;
  return (
    <ul aria-label={label} className="flex max-h-32 flex-wrap gap-x-4 gap-y-1 overflow-y-auto text-xs">
      {items.map(({ name, colour, amount }) => (
        <li key={name} className="flex items-center gap-1.5">
          <svg aria-hidden viewBox="0 0 10 10" className="size-2.5 shrink-0">
            <rect width="10" height="10" rx="2" fill={cssOf(colour)} />
          </svg>
          <span>{name}</span>
          {amount ? <span className="text-muted-foreground tabular-nums">{amount}</span> : null}
        </li>
      ))}
    </ul>
  );
}
