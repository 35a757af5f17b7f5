import { describe, expect, it } from "vitest";
import { componentsOf } from "./components";

/** An image of one digit a pixel. */
const image = (...rows: string[]) => Uint8Array.from(rows.join(""), Number);

describe("componentsOf", () => {
  it("boxes what hangs together by edges, of one label each", () => {
    const pieces = componentsOf(image("01100", "01200", "00020", "10001"), 5);
    expect(pieces).toEqual([
      { label: 1, pixels: 3, box: { x: 1, y: 0, width: 2, height: 2 } },
      { label: 2, pixels: 1, box: { x: 2, y: 1, width: 1, height: 1 } },
      { label: 2, pixels: 1, box: { x: 3, y: 2, width: 1, height: 1 } },
      { label: 1, pixels: 1, box: { x: 0, y: 3, width: 1, height: 1 } },
      { label: 1, pixels: 1, box: { x: 4, y: 3, width: 1, height: 1 } },
    ]);
  });

  it("does not go from one row's end to the next one's beginning", () => {
    expect(componentsOf(image("001", "100"), 3)).toHaveLength(2);
  });

  it("finds nothing where there is nothing", () => {
    expect(componentsOf(image("000", "000"), 3)).toEqual([]);
  });
});
