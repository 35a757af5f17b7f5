import { expect, test } from "vitest";
import { doneText, doneTitle, previewTexts } from "./budgets";

test("a change of everybody's budgets says who gets what, who leaves the default and who falls to 0", () => {
  const plain = { people: 4, leftDefault: 0, cutOff: [] };
  expect(previewTexts("10", plain)).toEqual([
    "4 people get 10 credits more a week, from the next turn of a week on.",
  ]);
  expect(previewTexts("-1", { people: 1, leftDefault: 1, cutOff: [] })).toEqual([
    "1 person gets 1 credit less a week, from the next turn of a week on.",
    "1 of these budgets would follow the lab's default no more.",
  ]);
  const cutOff = ["ana", "ben", "cleo", "dan", "eve", "fay", "gus"];
  expect(previewTexts("-100", { people: 9, leftDefault: 3, cutOff }).slice(1)).toEqual([
    "3 of these budgets would follow the lab's default no more.",
    "Nobody falls below 0: ana, ben, cleo, dan, eve and 2 more would, and get 0. The opposite change does not bring back what that cuts off.",
  ]);
  expect(doneTitle(plain)).toBe("Weekly budgets of 4 people changed");
  expect(doneText(plain)).toBeNull();
  expect(doneText({ people: 4, leftDefault: 3, cutOff: ["ana"] })).toBe(
    "3 followed the lab's default until now; at 0: ana",
  );
});
