import { creditsText } from "@/components/schedule/words";
import type { BulkUpdateView } from "@/lib/auth/model";

/** So many names are said; of more only how many. */
const mostNamed = 5;

const peopleText = (count: number): string => (count === 1 ? "1 person" : `${count} people`);

function namesText(names: readonly string[]): string {
  const named = names.slice(0, mostNamed).join(", ");
  return names.length > mostNamed ? `${named} and ${names.length - mostNamed} more` : named;
}

/** What a change of everybody's weekly budget would do, a sentence each. @param delta credits, below 0 for less */
export function previewTexts(delta: string, { people, leftDefault, cutOff }: BulkUpdateView): string[] {
  const change = `${creditsText(delta.replace("-", ""))} ${delta.startsWith("-") ? "less" : "more"}`;
  return [
    `${peopleText(people)} ${people === 1 ? "gets" : "get"} ${change} a week, from the next turn of a week on.`,
    ...(leftDefault > 0 ? [`${leftDefault} of these budgets would follow the lab's default no more.`] : []),
    ...(cutOff.length > 0
      ? [
          `Nobody falls below 0: ${namesText(cutOff)} would, and get 0. The opposite change does not bring back what that cuts off.`,
        ]
      : []),
  ];
}

/** What it has done, in a line; null where there is no more to say than that it is done. */
export function doneText({ leftDefault, cutOff }: BulkUpdateView): string | null {
  const parts = [
    leftDefault > 0 ? `${leftDefault} followed the lab's default until now` : null,
    cutOff.length > 0 ? `at 0: ${namesText(cutOff)}` : null,
  ];
  return parts.filter((part) => part !== null).join("; ") || null;
}

/** "Weekly budgets of 4 people changed" */
export const doneTitle = ({ people }: BulkUpdateView): string =>
  `Weekly budgets of ${peopleText(people)} changed`;
