export type Rgb = readonly [red: number, green: number, blue: number];

/** Told apart on grey pictures by every kind of sight: Okabe and Ito (2008), without black and grey. */
const palette: readonly Rgb[] = [
  [86, 180, 233],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [240, 228, 66],
  [213, 94, 0],
  [0, 114, 178],
];

/** The colour of the class at a place, or of the label whose value is one more, counted from 0; beyond the palette by turns of the golden angle. */
export function classColour(place: number): Rgb {
  return palette[place] ?? ofHue((place * 137.508) % 360);
}

/** At full colour and two thirds of light. */
function ofHue(hue: number): Rgb {
  const channel = (shift: number) => {
    const at = (shift + hue / 30) % 12;
    return Math.round(255 * (0.66 - 0.34 * Math.max(-1, Math.min(at - 3, 9 - at, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Of a mask against the truth. */
export const comparedColours = {
  both: [0, 158, 115],
  truth: [86, 180, 233],
  own: [230, 159, 0],
  other: [204, 121, 167],
} as const satisfies Record<string, Rgb>;
