import type { Look } from "./hour-table";

export interface Mark {
  readonly look?: Exclude<Look, "nobody">;
  readonly over?: boolean;
  /** What stands in such a cell. */
  readonly sample?: string;
  readonly text: string;
}

/** What the calendar's marks mean. Samples are cells as it draws them. */
export function Legend({ marks }: { marks: readonly Mark[] }) {
  return (
    <ul
      aria-label="Marks"
      className="slot-legend flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs"
    >
      {marks.map(({ look, over, sample, text }) => (
        <li key={text} className="flex items-center gap-1.5">
          <span aria-hidden className="slot" data-look={look} data-over={over ? "" : undefined}>
            {sample}
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
