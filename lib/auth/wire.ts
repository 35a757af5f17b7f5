/** Reads SSH's binary fields (RFC 4251, section 5) in order; every method throws when the bytes don't fit. */
export class WireReader {
  #offset = 0;

  constructor(private readonly data: Buffer) {}

  /** A length-prefixed field. */
  bytes(): Buffer {
    const start = this.#offset + 4;
    if (start > this.data.length) throw new Error("cut off");
    const end = start + this.data.readUInt32BE(this.#offset);
    if (end > this.data.length) throw new Error("cut off");
    this.#offset = end;
    return this.data.subarray(start, end);
  }

  text(): string {
    return this.bytes().toString("latin1");
  }

  /** An `mpint` above zero in its shortest form, without the sign byte. */
  positiveInteger(): Buffer {
    const raw = this.bytes();
    const first = raw[0];
    if (first === undefined || first >= 0x80) throw new Error("not positive");
    if (first !== 0) return raw;
    const second = raw[1];
    if (second === undefined || second < 0x80) throw new Error("not in shortest form");
    return raw.subarray(1);
  }

  /** Makes sure that nothing follows. */
  end(): void {
    if (this.#offset !== this.data.length) throw new Error("something follows");
  }
}
