import { type Niivue, NVImage, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";
import { NotShown } from "./bytes";
import type { Rgb } from "./colours";
import type { Coloured, Voxels } from "./label-volume";
import { OutlinedNiivue } from "./outlined-niivue";
import type { Sides } from "./sides";

/** A NIfTI file as it is unpacked. */
export interface VolumeFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

/** A volume that was read. */
export interface Decoded extends Voxels {
  readonly image: NVImage;
}

export const planes = ["axial", "coronal", "sagittal"] as const;
export type Plane = (typeof planes)[number];
export type Shown = Plane | "all";

const sliceTypes = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  all: SLICE_TYPE.MULTIPLANAR,
} as const;

/** The axis in space, from left, back and below, that a plane's slices follow. */
const axisOf = { sagittal: 0, coronal: 1, axial: 2 } as const satisfies Record<Plane, 0 | 1 | 2>;

/** Where the crosshair is. */
export interface Place {
  /** Of each plane, the slice that is shown, counted from 0. */
  readonly slices: Readonly<Record<Plane, number>>;
  /** The picture's value there, and the place of the overlay's entry, 0 for none. */
  readonly value: number;
  readonly code: number;
}

/** @throws NotShown where it is no NIfTI that can be read */
export async function decode({ name, bytes }: VolumeFile): Promise<Decoded> {
  let image: NVImage | undefined;
  let cause: unknown;
  try {
    image = await NVImage.loadFromUrl({ url: bytes, name: `${name.replace(/\.gz$/i, "")}` });
  } catch (error) {
    cause = error;
  }
  const { img, hdr } = image ?? {};
  if (!image || !img || !hdr) throw new NotShown(`${name} is no NIfTI volume that can be read.`, { cause });
  const [, x = 1, y = 1, z = 1] = hdr.pixDims;
  const slope = hdr.scl_slope === 0 || !Number.isFinite(hdr.scl_slope) ? 1 : hdr.scl_slope;
  const intercept = Number.isFinite(hdr.scl_inter) ? hdr.scl_inter : 0;
  return { image, values: img, slope, intercept, ml: Math.abs(x * y * z) / 1_000 };
}

/** A volume in slices, with a coloured one over it. It draws into a canvas of its own, which goes with it. */
export class VolumeScene {
  private overlay: NVImage | null = null;
  private opacity = 0.6;

  private constructor(
    private readonly niivue: Niivue,
    private readonly canvas: HTMLCanvasElement,
    private readonly base: NVImage,
  ) {}

  /** @throws NotShown where the browser has no WebGL 2, or the volume is more than it can hold */
  static async open(
    container: HTMLElement,
    file: VolumeFile,
    { label, onMove }: { label: string; onMove: () => void },
  ): Promise<VolumeScene> {
    if (!document.createElement("canvas").getContext("webgl2"))
      throw new NotShown(
        "This browser has no WebGL 2, which slices are drawn with. Download the file instead.",
      );
    const { image } = await decode(file);
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    container.replaceChildren(canvas);
    const niivue = new OutlinedNiivue({
      logLevel: "silent",
      dragAndDropEnabled: false,
      isColorbar: false,
      isNearestInterpolation: true,
      multiplanarShowRender: SHOW_RENDER.NEVER,
      multiplanarPadPixels: 6,
      backColor: [0, 0, 0, 1],
      crosshairColor: [1, 1, 1, 1],
      crosshairWidth: 0.5,
      crosshairWidthUnit: "percent",
      fontColor: [1, 1, 1, 1],
      showAllOrientationMarkers: true,
      isResizeCanvas: true,
      scrollRequiresFocus: false,
    });
    await niivue.attachToCanvas(canvas);
    // Its own keys would change what the page's controls say; those have keys of their own.
    canvas.removeAttribute("tabindex");
    const sizes = image.dimsRAS ?? [];
    const { max3D } = niivue.uiData;
    if (typeof max3D === "number" && sizes.slice(1, 4).some((length) => length > max3D))
      throw new NotShown(`A side of it has more than the ${max3D} voxels that this browser can draw.`);
    niivue.addVolume(image);
    const scene = new VolumeScene(niivue, canvas, image);
    niivue.onLocationChange = onMove;
    return scene;
  }

  /** Slices of each plane. */
  get counts(): Readonly<Record<Plane, number>> {
    const [, x = 1, y = 1, z = 1] = this.base.dimsRAS ?? [];
    return { sagittal: x, coronal: y, axial: z };
  }

  /** Volumes in the file: more than one of a series, or of channels. */
  get frames(): number {
    return Math.max(1, this.base.nFrame4D ?? 1);
  }

  get place(): Place {
    const { crosshairPos } = this.niivue.scene;
    const slice = (plane: Plane) => {
      const count = this.counts[plane];
      return Math.min(count - 1, Math.max(0, Math.floor((crosshairPos[axisOf[plane]] ?? 0) * count)));
    };
    const slices = { axial: slice("axial"), coronal: slice("coronal"), sagittal: slice("sagittal") };
    return { slices, value: this.valueIn(this.base), code: this.overlay ? this.valueIn(this.overlay) : 0 };
  }

  private valueIn(image: NVImage): number {
    const [x = 0, y = 0, z = 0] = this.niivue.frac2mm(this.niivue.scene.crosshairPos, 0, true);
    const [i = 0, j = 0, k = 0] = image.mm2vox([x, y, z]);
    return image.getValue(i, j, k, image === this.base ? image.frame4D : 0);
  }

  show(shown: Shown): void {
    this.niivue.setSliceType(sliceTypes[shown]);
  }

  /** Which of the patient's sides is on the left; sagittal slices are as they are. */
  turn(sides: Sides): void {
    this.niivue.setRadiologicalConvention(sides === "radiological");
  }

  /** Goes to a plane's slice, counted from 0. */
  goTo(plane: Plane, slice: number): void {
    const [x = 0.5, y = 0.5, z = 0.5] = this.niivue.scene.crosshairPos;
    const position: [number, number, number] = [x, y, z];
    position[axisOf[plane]] = (slice + 0.5) / this.counts[plane];
    this.niivue.scene.crosshairPos = position;
    this.niivue.drawScene();
    this.niivue.createOnLocationChange();
  }

  showFrame(frame: number): void {
    this.niivue.setFrame4D(this.base.id, frame);
  }

  /** Draws codes over the picture, where a volume lies in space; null takes away what is there. */
  draw(on: Decoded | null, coloured: Coloured | null): void {
    if (this.overlay) this.niivue.removeVolume(this.overlay);
    this.overlay = null;
    if (!on || !coloured) return;
    const { image } = on;
    image.img = coloured.codes;
    if (image.hdr)
      Object.assign(image.hdr, { datatypeCode: 2, numBitsPerVoxel: 8, scl_slope: 1, scl_inter: 0 });
    image.calMinMax();
    image.setColormapLabel(tableOf(coloured.legend.map(({ colour }) => colour)));
    image.opacity = this.opacity;
    this.overlay = image;
    this.niivue.addVolume(image);
  }

  /** @param share of the overlay against the picture, 0 to 1 */
  blend(share: number): void {
    this.opacity = share;
    if (this.overlay) this.niivue.setOpacity(this.niivue.volumes.indexOf(this.overlay), share);
  }

  /** Gives the graphics card back what it holds. */
  close(): void {
    this.niivue.cleanup();
    this.niivue.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.canvas.remove();
  }
}

/** Code 0 is nothing. */
function tableOf(colours: readonly Rgb[]) {
  const all = [[0, 0, 0] as const, ...colours];
  return {
    R: all.map(([red]) => red),
    G: all.map(([, green]) => green),
    B: all.map(([, , blue]) => blue),
    A: all.map((_, code) => (code === 0 ? 0 : 255)),
    I: all.map((_, code) => code),
    labels: all.map((_, code) => String(code)),
  };
}
