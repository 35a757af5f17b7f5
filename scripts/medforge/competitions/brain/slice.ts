import type { PixelBox } from "./components";

interface LabelledBox extends PixelBox {
  readonly label: string;
}

export interface Slice {
  readonly id: string;
  readonly slab: number;
  readonly width: number;
  readonly height: number;
  /** From the upper left corner, row by row. */
  readonly pixels: Uint8Array;
  readonly boxes: readonly LabelledBox[];
}
