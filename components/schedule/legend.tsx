import type { Look } from "./hour-table";

export interface Mark {
  readonly look?: Exclude<Look, "nobody">;
  readonly over?: boolean;
  readonly starts?: boolean;
  /** What stands in such a cell. */
  readonly sample?: string;
  readonly text: string;
}

/** Among the marks where anything is planned. */
export const startsMark: Mark = { look: "mine", starts: true, text: "starts by itself" };

/** What the calendar's marks mean. Samples are cells as it draws them. */
export function Legend({ marks }: { marks: readonly Mark[] }) {
  return (
    <ul
      aria-label="Marks"
      className="slot-legend flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs"
    >
      {marks.map(({ look, over, starts, sample, text }) => (
        <li key={text} className="flex items-center gap-1.5">
          <span
            aria-hidden
            className="slot"
            data-look={look}
            data-over={over ? "" : undefined}
            data-starts={starts ? "" : undefined}
          >
            {sample}
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
