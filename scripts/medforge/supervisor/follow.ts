import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { styleText } from "node:util";
import type { Layout } from "../layout";
import { logFile } from "./child";
import { pretty } from "./pretty";

/** How often log files are looked at for new lines, in ms. */
const followMs = 250;
const palette = ["cyan", "magenta", "blue", "green", "yellow", "cyan", "magenta"] as const;
const chunkBytes = 64 * 1024;

/** A part's name as a column, in its colour. */
export function prefixOf(names: readonly string[], name: string): string {
  const width = Math.max(...names.map((each) => each.length));
  return styleText(palette[names.indexOf(name) % palette.length] ?? "cyan", name.padEnd(width));
}

/** Calls back with each whole line that is added to a file from `from` on; starts over when it was emptied. */
class Tail {
  private rest = "";

  constructor(
    private readonly path: string,
    private offset: number,
    private readonly onLine: (line: string) => void,
  ) {}

  read(): void {
    if (!existsSync(this.path)) return;
    const { size } = statSync(this.path);
    if (size < this.offset) this.offset = 0;
    const file = openSync(this.path, "r");
    const chunk = Buffer.alloc(chunkBytes);
    while (this.offset < size) {
      const count = readSync(file, chunk, 0, chunkBytes, this.offset);
      if (count === 0) break;
      this.offset += count;
      const lines = (this.rest + chunk.toString("utf8", 0, count)).split("\n");
      this.rest = lines.pop() ?? "";
      lines.forEach(this.onLine);
    }
    closeSync(file);
  }
}

/** Prints what the parts log from now on, prefixed and readable. @returns a function that ends it. */
export function followLogs(layout: Layout, names: readonly string[]): () => void {
  const tails = names.map((name) => {
    const path = logFile(layout, name);
    const size = existsSync(path) ? statSync(path).size : 0;
    return new Tail(path, size, (line) => console.log(`${prefixOf(names, name)} │ ${pretty(line)}`));
  });
  const timer = setInterval(() => {
    for (const tail of tails) tail.read();
  }, followMs);
  return () => clearInterval(timer);
}
