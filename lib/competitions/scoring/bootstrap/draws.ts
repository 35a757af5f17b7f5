import { createHash } from "node:crypto";

/** 128 bits; not all of them zero. */
export type DrawState = readonly [number, number, number, number];

/**
 * Whole numbers by chance, the same for the same state on every machine: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2018; their program is in the public domain). Its period of 2^128 - 1 is beyond
 * anything drawn here, and 32-bit steps are exact in doubles' integers.
 */
export class Draws {
  private readonly state: Uint32Array;

  constructor(state: DrawState) {
    this.state = Uint32Array.from(state);
  }

  /** From the first 16 bytes, little-endian, of the SHA-256 of `text`. */
  static of(text: string): Draws {
    const digest = createHash("sha256").update(text).digest();
    return new Draws([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)) as unknown as DrawState);
  }

  /** 32 bits. */
  next(): number {
    const s = this.state;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const drawn = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const [third, fourth] = [c ^ a, d ^ b];
    s[0] = a ^ fourth;
    s[1] = b ^ third;
    s[2] = third ^ (b << 9);
    s[3] = rotated(fourth, 11);
    return drawn;
  }

  /**
   * From 0 to below `end`, each as likely as any other: as many bits as `end` needs are drawn until they are below it, since
   * a remainder would favour the lower numbers.
   * @param end 1 to 2^31
   */
  below(end: number): number {
    const shift = Math.clz32(end - 1);
    const mask = shift === 32 ? 0 : 0xffff_ffff >>> shift;
    for (;;) {
      const drawn = (this.next() & mask) >>> 0;
      if (drawn < end) return drawn;
    }
  }
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}
