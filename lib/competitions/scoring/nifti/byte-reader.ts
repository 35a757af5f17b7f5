/** Takes exact amounts from chunks of any size; keeps one chunk and what `read` was asked for. */
export class ByteReader {
  private left: Uint8Array = new Uint8Array(0);

  constructor(private readonly chunks: AsyncIterator<Uint8Array>) {}

  /** The next 1 to `most` bytes, whatever is at hand; null at the end. */
  async some(most: number): Promise<Uint8Array | null> {
    while (this.left.length === 0) {
      const next = await this.chunks.next();
      if (next.done) return null;
      this.left = next.value;
    }
    const taken = this.left.subarray(0, most);
    this.left = this.left.subarray(taken.length);
    return taken;
  }

  /** Hands the next `length` bytes over in pieces; false where the end comes first. */
  async each(length: number, take: (piece: Uint8Array) => void): Promise<boolean> {
    let missing = length;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (!piece) return false;
      missing -= piece.length;
      take(piece);
    }
    return true;
  }

  /** Exactly `length` bytes; null where the end comes first. */
  async read(length: number): Promise<Uint8Array | null> {
    const pieces: Uint8Array[] = [];
    return (await this.each(length, (piece) => pieces.push(piece))) ? Buffer.concat(pieces) : null;
  }
}
