import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

const width = 96;
const height = 64;

/** Numbers in 0 to 1 that are the same for the same text on server and client: mulberry32, seeded by FNV-1a. */
function numbersOf(text: string): () => number {
  let state = [...text].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619),
    2166136261,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Browsers and the server print the last digits of sines differently: two decimals are the same on both. */
const figure = (value: number) => value.toFixed(2);

type Next = () => number;

/** A closed outline around a point, its radius waved a little, as an organ's in a slice. */
function outline(next: Next, x: number, y: number, radius: number, waves = 0.14): string {
  const phases = [next(), next(), next()].map((phase) => phase * 2 * Math.PI);
  const points = Array.from({ length: 36 }, (_, step) => {
    const angle = (step / 36) * 2 * Math.PI;
    const wave = phases.reduce(
      (sum, phase, k) => sum + (waves / (k + 1)) * Math.sin((k + 2) * angle + phase),
      1,
    );
    return `${figure(x + 1.15 * radius * wave * Math.cos(angle))} ${figure(y + radius * wave * Math.sin(angle))}`;
  });
  return `M${points.join("L")}Z`;
}

/** A slice: body, an organ in it, and what is to be outlined, filled, with the contour of a prediction beside it. */
function masks(next: Next): ReactNode {
  const [x, y] = [40 + 14 * next(), 28 + 8 * next()];
  const target = outline(next, x, y, 9 + 3 * next());
  return (
    <>
      <path d={outline(next, 48, 32, 27, 0.05)} className="fill-muted stroke-border-strong" />
      <path d={outline(next, 48, 33, 17, 0.12)} className="fill-surface stroke-border-strong" />
      <path d={target} className="fill-primary/30 stroke-primary" strokeWidth={1.25} />
      <path
        d={outline(next, x + 1.5, y + 1, 10)}
        className="fill-none stroke-foreground"
        strokeDasharray="2 2"
      />
    </>
  );
}

/** Cells on a field, some of them framed. */
function boxes(next: Next): ReactNode {
  const cells = Array.from({ length: 11 }, (_, place) => {
    const [column, row] = [place % 4, Math.floor(place / 4)];
    return {
      x: 14 + column * 22 + 8 * next(),
      y: 12 + row * 19 + 6 * next(),
      radius: 4 + 4 * next(),
      framed: next() < 0.5,
    };
  });
  return cells.map(({ x, y, radius, framed }) => (
    <g key={`${x},${y}`}>
      <path
        d={outline(next, x, y, radius, 0.1)}
        className={framed ? "fill-primary/30" : "fill-border-strong"}
      />
      {framed ? (
        <rect
          x={figure(x - 1.35 * radius)}
          y={figure(y - 1.2 * radius)}
          width={figure(2.7 * radius)}
          height={figure(2.4 * radius)}
          className="fill-none stroke-primary"
          strokeWidth={1.25}
        />
      ) : null}
    </g>
  ));
}

function bell(middle: number, spread: number, top: number): string {
  const points = Array.from({ length: 41 }, (_, step) => {
    const x = 6 + step * 2.1;
    return `${figure(x)} ${figure(54 - top * Math.exp(-(((x - middle) / spread) ** 2) / 2))}`;
  });
  return `M6 54L${points.join("L")}L90 54Z`;
}

/** The two classes' scores, and a threshold between them. */
function binary(next: Next): ReactNode {
  const [left, right] = [30 + 6 * next(), 60 + 8 * next()];
  const threshold = figure((left + right) / 2 + 3 * next());
  return (
    <>
      <path d={bell(left, 9 + 2 * next(), 34 + 8 * next())} className="fill-border-strong" />
      <path d={bell(right, 10 + 3 * next(), 26 + 10 * next())} className="fill-primary/30 stroke-primary" />
      <path d={`M${threshold} 8V54`} className="stroke-foreground" strokeDasharray="2 2" />
      <path d="M6 54H90" className="stroke-border-strong" />
    </>
  );
}

/** Each case a bar of probabilities that add up. */
function multiclass(next: Next): ReactNode {
  return Array.from({ length: 9 }, (_, place) => {
    const x = 8 + place * 9.2;
    const first = 8 + 24 * next();
    const second = 4 + (40 - first) * next();
    return (
      <g key={x}>
        <rect x={x} y={10} width={6} height={44} className="fill-border-strong" />
        <rect
          x={x}
          y={figure(54 - first - second)}
          width={6}
          height={figure(second)}
          className="fill-primary/35"
        />
        <rect x={x} y={figure(54 - first)} width={6} height={figure(first)} className="fill-primary" />
      </g>
    );
  });
}

/** A confusion matrix, the darker the more. */
function labels(next: Next): ReactNode {
  return Array.from({ length: 16 }, (_, place) => {
    const [row, column] = [Math.floor(place / 4), place % 4];
    const near = Math.abs(row - column);
    const share = near === 0 ? 0.75 + 0.25 * next() : near === 1 ? 0.3 * next() : 0.06 * next();
    return (
      <rect
        key={`${row},${column}`}
        x={24 + column * 12.5}
        y={8 + row * 12.5}
        width={11}
        height={11}
        rx={1.5}
        className="fill-primary stroke-border-strong"
        fillOpacity={figure(share)}
        strokeWidth={0.5}
      />
    );
  });
}

const drawings: Readonly<Record<string, (next: Next) => ReactNode>> = {
  masks,
  boxes,
  binary_probability: binary,
  multiclass_probability: multiclass,
  labels,
};

/** A competition's picture: what its task looks like, a little different for each. Decoration; the words are beside it. */
export function CompetitionGlyph({
  slug,
  task,
  className,
}: {
  slug: string;
  task: string | null;
  className?: string;
}) {
  const draw = drawings[task ?? ""] ?? labels;
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${width} ${height}`}
      className={cn("shrink-0 rounded-md bg-sunken", className)}
      strokeWidth={1}
      strokeLinejoin="round"
    >
      {draw(numbersOf(slug))}
    </svg>
  );
}
