/** Six digits at most: more are the storage's, not the picture's. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

export function amountText(voxels: number, ml: number): string {
  const volume = ml >= 100 ? ml.toFixed(0) : ml.toPrecision(2);
  return `${voxels.toLocaleString("en-GB")} voxels${voxels === 0 ? "" : `, ${Number(volume)} ml`}`;
}

/** Of a whole. */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %`;
}
