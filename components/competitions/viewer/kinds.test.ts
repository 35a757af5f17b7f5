import { expect, it } from "vitest";
import { imageOf, imagesBeside, kindOf, labelsOf, namesLabels, tablesFirst } from "./kinds";

const nnunet = ["imagesTr/a_0000.nii.gz", "imagesTr/b_0000.nii.gz", "labelsTr/a.nii.gz", "labelsTr/b.nii.gz"];
const built = ["train/t-01_image.nii.gz", "train/t-01_label.nii.gz", "test/e-01_image.nii.gz", "note.md"];

it("tables come before what they are of, and the rest stays in order", () => {
  const names = ["images/b.png", "a.nii.gz", "truth.csv", "LICENCE", "z/boxes.CSV"];
  expect(tablesFirst(names.map((name) => ({ name }))).map(({ name }) => name)).toEqual([
    ...["truth.csv", "z/boxes.CSV"],
    ...["images/b.png", "a.nii.gz", "LICENCE"],
  ]);
});

it.each([
  ["a/b.NII.GZ", "volume"],
  ["b.nii", "volume"],
  ["x.jpeg", "image"],
  ["x.webp", "image"],
  ["train.csv", "table"],
  ["nii.txt", null],
  ["LICENCE", null],
] as const)("%s is shown as %s", (name, kind) => expect(kindOf(name)).toBe(kind));

it("finds a volume's labels and a label's image by the same case in another folder or by what is added to its name", () => {
  expect(labelsOf(nnunet, "imagesTr/a_0000.nii.gz")).toEqual(["labelsTr/a.nii.gz"]);
  expect(imageOf(nnunet, "labelsTr/b.nii.gz")).toBe("imagesTr/b_0000.nii.gz");
  expect(labelsOf(built, "train/t-01_image.nii.gz")).toEqual(["train/t-01_label.nii.gz"]);
  expect(imageOf(built, "e-01.nii.gz")).toBe("test/e-01_image.nii.gz");
  expect(labelsOf(built, "test/e-01_image.nii.gz")).toEqual([]);
  expect(imageOf(built, "e-02.nii.gz")).toBeNull();
});

it("takes for labels what is called so, and no word that only begins alike", () => {
  expect(["masks/x.nii", "x_seg.nii.gz", "labels-fine/x.nii"].every(namesLabels)).toBe(true);
  expect(["segment1/x.nii", "x_labelled.nii.gz", "x.nii"].some(namesLabels)).toBe(false);
});

it("goes through the pictures of one folder", () => {
  const names = ["a.png", "im/1.png", "im/2.jpg", "im/3.csv", "im/deep/4.png"];
  expect(imagesBeside(names, "im/2.jpg")).toEqual(["im/1.png", "im/2.jpg"]);
});
