/** The end of what a stranger writes, whatever there was before it. */
export class Tail {
  /** Bytes that came, kept or not. */
  seen = 0;
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly most: number) {}

  add(chunk: Buffer): void {
    this.seen += chunk.length;
    this.kept = Buffer.concat([this.kept, chunk.subarray(-this.most)]).subarray(-this.most);
  }

  text(): string {
    return this.kept.toString("utf8");
  }
}
