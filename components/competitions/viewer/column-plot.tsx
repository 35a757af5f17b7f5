import type { Column } from "./columns";
import { numberText, shareText } from "./figures";

const width = 240;
const height = 56;

/** One column: its name, and its values as a histogram, as bars, or in words. */
export function ColumnPlot({ column, rows }: { column: Column; rows: number }) {
  return (
    <figure data-column={column.kind} className="min-w-0 rounded-md border border-border p-2.5 text-xs">
      <figcaption className="flex items-baseline justify-between gap-2">
        <span className="truncate font-medium font-mono" title={column.name}>
          {column.name}
        </span>
        {column.empty > 0 ? (
          <span className="shrink-0 text-muted-foreground">{shareText(column.empty, rows)} empty</span>
        ) : null}
      </figcaption>
      <Values column={column} />
    </figure>
  );
}

function Values({ column }: { column: Column }) {
  switch (column.kind) {
    case "numbers":
      return <Histogram column={column} />;
    case "categories":
      return <Bars counts={column.counts} />;
    case "texts":
      return (
        <p className="mt-1 text-muted-foreground">
          {column.different === 0 ? "Nothing in it." : `${column.different} different texts, such as `}
          <span className="wrap-anywhere font-mono text-foreground">{column.example.slice(0, 60)}</span>
        </p>
      );
  }
}

function Histogram({ column }: { column: Extract<Column, { kind: "numbers" }> }) {
  const { bins, least, most, median, name } = column;
  const tallest = Math.max(1, ...bins.map(({ count }) => count));
  const step = width / Math.max(1, bins.length);
  return (
    <>
      <svg
        role="img"
        aria-label={`${name}: from ${numberText(least)} to ${numberText(most)}, median ${numberText(median)}`}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="mt-1.5 block h-14 w-full border-border-strong border-b"
      >
        {bins.map(({ from, to, count }, place) => {
          const tall = count === 0 ? 0 : Math.max(1.5, (count / tallest) * height);
          return (
            <rect
              key={from}
              x={place * step + 0.5}
              y={height - tall}
              width={Math.max(1, step - 1)}
              height={tall}
              className="fill-primary/70"
            >
              <title>{`${numberText(from)} to ${numberText(to)}: ${count}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className="mt-1 flex justify-between gap-2 font-mono text-muted-foreground tabular-nums">
        <span>{numberText(least)}</span>
        <span>median {numberText(median)}</span>
        <span>{numberText(most)}</span>
      </div>
    </>
  );
}

function Bars({ counts }: { counts: Extract<Column, { kind: "categories" }>["counts"] }) {
  const tallest = Math.max(1, ...counts.map(({ count }) => count));
  const whole = counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <ul className="mt-1.5 flex max-h-24 flex-col gap-1 overflow-y-auto">
      {counts.map(({ value, count }) => (
        <li key={value} className="grid grid-cols-[minmax(0,1fr)_3fr_auto] items-center gap-2">
          <span className="truncate font-mono" title={value}>
            {value}
          </span>
          <svg aria-hidden viewBox="0 0 100 8" preserveAspectRatio="none" className="h-2 w-full">
            <rect width={(100 * count) / tallest} height="8" className="fill-primary/70" />
          </svg>
          <span className="font-mono text-muted-foreground tabular-nums" title={shareText(count, whole)}>
            {count}
          </span>
        </li>
      ))}
    </ul>
  );
}
