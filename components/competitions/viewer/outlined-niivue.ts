import { Niivue } from "@niivue/niivue";

/** Of letters, in pixels of the screen. */
const rimPx = 1.5;
const rim = [-rimPx, 0, rimPx].flatMap((x) => [-rimPx, 0, rimPx].map((y) => [x, y] as const));
const black = [0, 0, 0, 1];
/** Letters at the lower and the right edge would be cut by it; in pixels of the screen. */
const edgePx = 4;
/** The crosshair's rim by the crosshair: a pixel on either side at least, where it has two. */
const rimWidth = 3;

type Drawn<Name extends "drawTextAbove" | "drawTextLeft"> =
  Parameters<Niivue[Name]> extends [unknown, ...infer Rest] ? Rest : never;

/** Draws letters and crosshair with a black rim: white alone can't be seen on bright tissue. */
export class OutlinedNiivue extends Niivue {
  /** The crosshair's rim, kept as the crosshair itself is: it is built anew only where that has moved. */
  private rim3D: Niivue["crosshairs3D"] = null;

  override drawText(xy: number[], text: string, scale = 1, color: Float32List | null = null): void {
    const [x = 0, y = 0] = xy;
    const ratio = this.uiData.dpr ?? 1;
    for (const [right, down] of rim)
      super.drawText([x + right * ratio, y + down * ratio], text, scale, black);
    super.drawText(xy, text, scale, color);
  }

  override drawTextAbove([x = 0, y = 0]: number[], ...text: Drawn<"drawTextAbove">): void {
    super.drawTextAbove([x, y - edgePx * (this.uiData.dpr ?? 1)], ...text);
  }

  override drawTextLeft([x = 0, y = 0]: number[], ...text: Drawn<"drawTextLeft">): void {
    super.drawTextLeft([x - edgePx * (this.uiData.dpr ?? 1), y], ...text);
  }

  /** Of the two that are drawn of each slice the first becomes the rim, and the second lies over it. */
  override drawCrosshairs3D(
    isDepthTest = true,
    _alpha = 1,
    ...place: [Parameters<Niivue["drawCrosshairs3D"]>[2]?, boolean?, boolean?]
  ): void {
    if (!isDepthTest) {
      super.drawCrosshairs3D(false, 0.9, ...place);
      return;
    }
    const { crosshairs3D, opts } = this;
    const { crosshairColor, crosshairWidth } = opts;
    this.crosshairs3D = this.rim3D;
    Object.assign(opts, { crosshairColor: black, crosshairWidth: crosshairWidth * rimWidth });
    super.drawCrosshairs3D(false, 0.6, ...place);
    Object.assign(opts, { crosshairColor, crosshairWidth });
    this.rim3D = this.crosshairs3D;
    this.crosshairs3D = crosshairs3D;
  }
}
