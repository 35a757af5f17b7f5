import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** The lines of a document between which a program writes. */
export interface Block {
  begin: string;
  end: string;
}

/** A command that writes the block of that name. */
export function blockOf(name: string, command: string): Block {
  return {
    begin: `<!-- ${name}: written by \`${command}\`, not by hand -->`,
    end: `<!-- end of ${name} -->`,
  };
}

/** @throws Error when the file can't take the block: a run of half an hour should not end with that. */
export function requireBlock(file: string, { begin, end }: Block): void {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.includes(begin) && text.indexOf(end) > text.indexOf(begin)) return;
  throw new Error(`${file} has no block for the table: put the lines "${begin}" and "${end}" into it.`);
}

/** What stands between the two lines. @throws Error when the file has no such block. */
export function readBlock(file: string, block: Block): string {
  requireBlock(file, block);
  const text = readFileSync(file, "utf8");
  return text.slice(text.indexOf(block.begin) + block.begin.length, text.indexOf(block.end)).trim();
}

/** @throws Error when the file has no such block. */
export function writeBlock(file: string, block: Block, body: string): void {
  requireBlock(file, block);
  const { begin, end } = block;
  const text = readFileSync(file, "utf8");
  const [before, after] = [text.slice(0, text.indexOf(begin)), text.slice(text.indexOf(end))];
  writeFileSync(file, `${before}${begin}\n\n${body}\n\n${after}`);
}
