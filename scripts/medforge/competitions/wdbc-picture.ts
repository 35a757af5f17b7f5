import { Canvas, classColours, type Rgb } from "./canvas";

const night: Rgb = [17, 20, 24];
const rule: Rgb = [58, 64, 72];
const border = 26;

/** Benign and malignant masses by the size of their nuclei and the dents in them: where two clouds meet. */
export function wdbcPicture(trainCsv: string): Uint8Array {
  const [head = "", ...lines] = trainCsv.trim().split("\n");
  const columns = head.split(",");
  const rows = lines.map((line) => line.split(","));
  const column = (name: string) => rows.map((row) => row[columns.indexOf(name)] ?? "");
  const canvas = new Canvas(night);
  const xs = placed(column("mean_radius").map(Number), canvas.width);
  const ys = placed(column("mean_concave_points").map(Number), canvas.height).map((y) => canvas.height - y);
  for (let step = 1; step < 6; step += 1) {
    for (let y = 0; y < canvas.height; y += 1)
      canvas.mix(Math.round((canvas.width * step) / 6), y, rule, 0.5);
    for (let x = 0; x < canvas.width; x += 1)
      canvas.mix(x, Math.round((canvas.height * step) / 6), rule, 0.5);
  }
  for (const [place, label] of column("label").entries()) {
    const colour = classColours[label === "malignant" ? 1 : 0] ?? rule;
    canvas.dot(xs[place] ?? 0, ys[place] ?? 0, 5, colour, 0.75);
  }
  return canvas.png();
}

function placed(values: readonly number[], length: number): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => border + ((value - least) / (most - least)) * (length - 2 * border));
}
