import { maxAnswerBytes, maxTextLength, type ScorerAnswer } from "@/lib/competitions/scorer-protocol";

/** For what stands around a report in its line, the time that it took among it. */
const besideReportBytes = 256;
const tooLarge = `The report would be larger than ${maxAnswerBytes} bytes: there are too many classes.`;

/** An answer as one line of at most `maxAnswerBytes`. How long its texts and its report are is up to the files. */
export function answerLine(answer: ScorerAnswer): string {
  return `${JSON.stringify(bounded(answer))}\n`;
}

/** Whether cases are left out goes by the report alone, or the same files would have two. */
function bounded(answer: ScorerAnswer): ScorerAnswer {
  switch (answer.outcome) {
    case "rejected":
      return { ...answer, problem: shortened(answer.problem) };
    case "broken":
      return { ...answer, detail: cut(answer.detail, maxTextLength.admin) };
    case "scored": {
      if (fits(answer.report)) return answer;
      const report = { ...answer.report, cases: {} };
      return fits(report) ? { ...answer, report } : { outcome: "broken", detail: tooLarge };
    }
    default:
      return answer;
  }
}

type Problem = Extract<ScorerAnswer, { outcome: "rejected" }>["problem"];

function shortened(problem: Problem): Problem {
  const short = (text: string) => cut(text, maxTextLength.submitter);
  return {
    ...{ ...problem, detail: short(problem.detail) },
    ...(problem.column === undefined ? {} : { column: short(problem.column) }),
    ...(problem.case === undefined ? {} : { case: short(problem.case) }),
  };
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const fits = (report: object) =>
  Buffer.byteLength(JSON.stringify(report)) <= maxAnswerBytes - besideReportBytes;
