import type { Layout } from "../layout";
import { prefixOf } from "./follow";
import { logTail } from "./logs";
import { isTrouble, pretty, writtenAt } from "./pretty";

interface PlacedLine {
  name: string;
  text: string;
  /** ms since 1970; a line that does not say is as old as the one before it in its log. */
  at: number;
}

function placed(name: string, lines: readonly string[]): PlacedLine[] {
  let at = 0;
  return lines
    .filter((text) => text !== "")
    .map((text) => {
      const own = writtenAt(text);
      if (!Number.isNaN(own)) at = own;
      return { name, text, at };
    });
}

function merged(layout: Layout, names: readonly string[], lines: number): PlacedLine[] {
  return names
    .flatMap((name) => placed(name, logTail(layout, name, lines).split("\n")))
    .sort((a, b) => a.at - b.at);
}

const shown = (names: readonly string[], { name, text }: PlacedLine): string =>
  `${prefixOf(names, name)} │ ${pretty(text)}`;

/** The last `lines` lines of each of these logs, as one timeline for people. */
export function timeline(layout: Layout, names: readonly string[], lines: number): string[] {
  return merged(layout, names, lines).map((line) => shown(names, line));
}

/** Of all that these logs hold, the last `count` warnings and errors, as one timeline for people. */
export function lastTroubles(layout: Layout, names: readonly string[], count: number): string[] {
  return merged(layout, names, Number.POSITIVE_INFINITY)
    .filter(({ text }) => isTrouble(text))
    .slice(-count)
    .map((line) => shown(names, line));
}
