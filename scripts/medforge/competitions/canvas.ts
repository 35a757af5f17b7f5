import { encode } from "fast-png";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Told apart by every kind of sight (Okabe and Ito, 2008); the viewer's, in its order. */
export const classColours: readonly Rgb[] = [
  [86, 180, 233],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [240, 228, 66],
];

/** As lists show it, and the same on light and dark. */
const size = { width: 480, height: 320 } as const;

/** Pixels of a competition's picture; what is drawn is mixed by how much of it there is. */
export class Canvas {
  readonly width = size.width;
  readonly height = size.height;
  private readonly data = new Uint8Array(3 * size.width * size.height);

  constructor(background: Rgb) {
    for (let place = 0; place < this.data.length; place += 3) this.data.set(background, place);
  }

  /** @param share from 0 for nothing of it to 1 */
  mix(x: number, y: number, colour: Rgb, share: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const place = 3 * (x + this.width * y);
    for (const [channel, value] of colour.entries()) {
      const before = this.data[place + channel] ?? 0;
      this.data[place + channel] = Math.round(before + (value - before) * Math.min(1, Math.max(0, share)));
    }
  }

  /** A filled circle with a smooth edge. */
  dot(x: number, y: number, radius: number, colour: Rgb, share: number): void {
    for (let py = Math.floor(y - radius - 1); py <= y + radius + 1; py += 1)
      for (let px = Math.floor(x - radius - 1); px <= x + radius + 1; px += 1)
        this.mix(px, py, colour, share * (radius + 0.5 - Math.hypot(px - x, py - y)));
  }

  /** A rectangle's outline, drawn inwards. */
  frame(from: readonly [number, number], to: readonly [number, number], thick: number, colour: Rgb): void {
    const [left, top, right, bottom] = [...from, ...to].map(Math.round) as [number, number, number, number];
    for (let y = top; y < bottom; y += 1)
      for (let x = left; x < right; x += 1)
        if (x < left + thick || x >= right - thick || y < top + thick || y >= bottom - thick)
          this.mix(x, y, colour, 1);
  }

  png(): Uint8Array {
    return encode({ ...size, channels: 3, depth: 8, data: this.data });
  }
}
