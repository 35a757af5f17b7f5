import { StateMark } from "@/components/ui/state-badge";

/** What of a problem (RFC 9457) a form shows. */
export interface ShownProblem {
  readonly status: number;
  readonly detail: string;
  /** The request id. */
  readonly instance: string;
  readonly errors?: Readonly<Record<string, string>> | undefined;
}

export interface ProblemNoticeProps {
  problem: ShownProblem | null;
  /** Names of the form's fields: their messages stand at the field, so the notice leaves them out. */
  fields?: readonly string[];
}

/** Why the form as a whole was refused; nothing when each message has a field of its own. */
export function ProblemNotice({ problem, fields = [] }: ProblemNoticeProps) {
  if (!problem || isSaidAtFields(problem, fields)) return null;
  return (
    <div
      role="alert"
      className="flex gap-2.5 rounded-md border border-bad-border bg-bad-surface px-3 py-2 text-bad text-sm"
    >
      <StateMark tone="bad" className="mt-1.5" />
      <div className="min-w-0">
        <p>{problem.detail}</p>
        {problem.status >= 500 ? <p className="font-mono text-xs">{problem.instance}</p> : null}
      </div>
    </div>
  );
}

function isSaidAtFields(problem: ShownProblem, fields: readonly string[]): boolean {
  const named = Object.keys(problem.errors ?? {});
  return named.length > 0 && named.every((name) => fields.includes(name));
}
