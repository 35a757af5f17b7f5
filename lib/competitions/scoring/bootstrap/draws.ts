import { createHash } from "node:crypto";

/** 128 bits; not all of them zero. */
export type DrawState = readonly [number, number, number, number];

/**
 * Whole numbers by chance, the same for the same state on every machine: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2018; their program is in the public domain). Its period of 2^128 - 1 is beyond
 * anything drawn here, and 32-bit steps are exact in doubles' integers.
 */
export class Draws {
  // Four fields: what engines keep in registers, where an array's elements are looked up each time.
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor([a, b, c, d]: DrawState) {
    [this.a, this.b, this.c, this.d] = [a | 0, b | 0, c | 0, d | 0];
  }

  /** From the first 16 bytes, little-endian, of the SHA-256 of `text`. */
  static of(text: string): Draws {
    const digest = createHash("sha256").update(text).digest();
    return new Draws([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)) as unknown as DrawState);
  }

  /** 32 bits. */
  next(): number {
    const drawn = Math.imul(rotated(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotated(this.d, 11);
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
