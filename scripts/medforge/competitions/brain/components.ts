/** A rectangle of whole pixels: x and y of its first, and how many. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One connected piece of a label. */
export interface Component {
  readonly label: number;
  readonly pixels: number;
  readonly box: PixelBox;
}

/**
 * The pieces of an image of labels that hang together by edges (4-connected), without the background 0, in the order of
 * their first pixels.
 */
export function componentsOf(labels: Uint8Array, width: number): Component[] {
  const seen = new Uint8Array(labels.length);
  const components: Component[] = [];
  for (const [start, label] of labels.entries())
    if (label > 0 && seen[start] === 0) components.push(flood(labels, width, start, seen));
  return components;
}

function flood(labels: Uint8Array, width: number, start: number, seen: Uint8Array): Component {
  const label = labels[start] ?? 0;
  const open = [start];
  seen[start] = 1;
  let [left, right, top, bottom] = [width, 0, labels.length, 0];
  let pixels = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const [x, y] = [place % width, Math.floor(place / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    pixels += 1;
    for (const next of neighbours(place, x, width))
      if (labels[next] === label && seen[next] === 0) {
        seen[next] = 1;
        open.push(next);
      }
  }
  return { label, pixels, box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 } };
}

/** Those above and below may lie outside, where there is no label. */
function neighbours(place: number, x: number, width: number): number[] {
  const beside = [...(x > 0 ? [place - 1] : []), ...(x < width - 1 ? [place + 1] : [])];
  return [...beside, place - width, place + width];
}
