import { describe, expect, it } from "vitest";
import { boxesIn, boxesOf, hasBoxes, labelsIn } from "./boxes";
import { columnsOf } from "./columns";
import { csvTable } from "./csv";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("csvTable", () => {
  it("reads quotes and line ends, and leaves out a line that is cut off", () => {
    const text = '\ufeffid,what\r\na,"one, ""two""\nthree"\r\nb,fo';
    expect(csvTable(bytes(text), true)).toEqual({
      header: ["id", "what"],
      rows: [
        ["a", 'one, "two"\nthree'],
        ["b", "fo"],
      ],
    });
    expect(csvTable(bytes(text), false).rows).toHaveLength(1);
    expect(csvTable(bytes(""), true)).toEqual({ header: [], rows: [] });
  });
});

describe("columnsOf", () => {
  it("makes a histogram of numbers, bars of few values, and words of the rest", () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      `id${i}`,
      String(i / 2),
      i % 4 ? "benign" : "malignant",
      i < 10 ? "" : String(i % 3),
    ]);
    const [id, figure, label, grade] = columnsOf({ header: ["id", "figure", "label", "grade"], rows });
    expect(id).toMatchObject({ kind: "texts", different: 40, example: "id0" });
    expect(figure).toMatchObject({ kind: "numbers", least: 0, most: 19.5, median: 9.75, empty: 0 });
    expect(figure?.kind === "numbers" && figure.bins.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    expect(label).toMatchObject({
      counts: [
        { value: "benign", count: 30 },
        { value: "malignant", count: 10 },
      ],
    });
    expect(grade).toMatchObject({ kind: "categories", empty: 10 });
  });

  it("takes for numbers only what is one as a whole", () => {
    const rows = ["1", "2", "3", "4", "5", "6", "7", "1a"].map((cell) => [cell]);
    expect(columnsOf({ header: ["a"], rows })[0]?.kind).toBe("texts");
    expect(columnsOf({ header: ["a"], rows: [] })[0]).toMatchObject({ kind: "categories", counts: [] });
  });
});

describe("boxes", () => {
  const table = csvTable(
    bytes(
      "image_id,label,confidence,x,y,width,height\ni1,b,0.5,1,2,3,4\ni1,a,,0,0,1,1\ni2,a,1,0,0,0,1\ni3,a,1,x,0,1,1\n",
    ),
    true,
  );

  it("are known by their columns", () => {
    expect(hasBoxes(table)).toBe(true);
    expect(hasBoxes({ header: ["image_id", "label"] })).toBe(false);
  });

  it("belong to the file of their id, and what is none is left out", () => {
    const boxes = boxesOf(table);
    expect(boxesIn(boxes, "images/i1.png")).toEqual([
      { label: "b", confidence: 0.5, x: 1, y: 2, width: 3, height: 4 },
      { label: "a", confidence: null, x: 0, y: 0, width: 1, height: 1 },
    ]);
    expect([boxesIn(boxes, "i2.png"), boxesIn(boxes, "i3.png")]).toEqual([[], []]);
    expect(labelsIn(boxes)).toEqual(["a", "b"]);
  });
});
