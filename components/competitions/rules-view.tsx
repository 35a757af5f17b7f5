import { Notice } from "@/components/ui/notice";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import type { CompetitionView, EvaluationView, Ranking } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import { DigestRow } from "./digest-row";
import { Markdown } from "./markdown";
import { directionWords, metricLabel, metricWords } from "./metrics";
import { scoreText } from "./score-text";

/** All that decides about a submission: the rules as written, what is measured, limits, splits and digests. */
export function RulesView({ competition }: { competition: CompetitionView }) {
  const { evaluation, rules } = competition;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {rules.trim() === "" ? null : (
          <Panel title="Rules">
            <Markdown>{rules}</Markdown>
          </Panel>
        )}
        {evaluation ? <MetricsPanel evaluation={evaluation} /> : null}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <LimitsPanel competition={competition} />
        {evaluation ? (
          <>
            <SplitsPanel evaluation={evaluation} showsTruth={competition.showsPublicTruth} />
            <DigestsPanel evaluation={evaluation} />
          </>
        ) : (
          <Notice tone="warn" title="No evaluation is ready">
            Its truth and metrics are being checked.
          </Notice>
        )}
      </div>
    </div>
  );
}

/** What ranks and what is only reported, each with its formula. */
function MetricsPanel({ evaluation }: { evaluation: EvaluationView }) {
  const { metrics, primary, tieBreak } = evaluation;
  const order = [primary, ...tieBreak];
  const ranked = order.map(({ metric }) => metric);
  return (
    <Panel
      title="What is measured"
      description="Values are exact doubles; nothing is rounded before it is compared."
      inset="flush"
    >
      <ul>
        {[...ranked, ...metrics.filter((name) => !ranked.includes(name))].map((name) => (
          <Metric key={name} name={name} order={order} evaluation={evaluation} />
        ))}
      </ul>
    </Panel>
  );
}

function roleOf(name: string, order: readonly Ranking[]): string {
  const place = order.findIndex(({ metric }) => metric === name);
  if (place === 0) return "Ranks";
  return place < 0 ? "Reported" : order.length > 2 ? `Tie-break ${place}` : "Tie-break";
}

function Metric({
  name,
  order,
  evaluation,
}: {
  name: string;
  order: readonly Ranking[];
  evaluation: EvaluationView;
}) {
  const sample = evaluation.sampleMetrics?.[name];
  const words = metricWords(name, evaluation.nsdToleranceMm);
  const direction = order.find(({ metric }) => metric === name)?.direction ?? words?.direction;
  return (
    <li className="grid gap-x-6 gap-y-1 border-border border-b px-4 py-3 last:border-0 md:grid-cols-[13rem_minmax(0,1fr)]">
      <div>
        <p className="font-medium text-sm">{metricLabel(name)}</p>
        <p className="text-muted-foreground text-xs">
          <span className="font-medium text-foreground">{roleOf(name, order)}</span>
          {direction ? ` · ${directionWords[direction]}` : null}
          {words ? ` · ${words.range}` : null}
        </p>
        <p className="font-mono text-subtle-foreground text-xs">{name}</p>
      </div>
      <div className="min-w-0">
        {words ? (
          <>
            <p className="font-mono text-xs leading-5">{words.formula}</p>
            <p className="max-w-prose text-muted-foreground text-sm">{words.words}</p>
          </>
        ) : null}
        {sample === undefined ? null : (
          <p className="mt-1 text-muted-foreground text-xs">
            The sample submission scores <span className="font-mono">{scoreText(sample)}</span> on the public
            cases.
          </p>
        )}
      </div>
    </li>
  );
}

const perDay = (limit: number | null) => (limit === null ? "any number" : `${limit} a day`);
const inAll = (limit: number | null) => (limit === null ? "any number" : `${limit}`);

function LimitsPanel({ competition }: { competition: CompetitionView }) {
  const { dailyLimit, totalLimit } = competition.quota;
  return (
    <Panel title="Limits">
      <Facts className="sm:grid-cols-2 lg:grid-cols-2">
        <Fact label="A person may submit">{perDay(dailyLimit)}</Fact>
        <Fact label="And altogether">{inAll(totalLimit)}</Fact>
        <Fact label="Largest file">{size(competition.maxUploadBytes)}</Fact>
        <Fact label="Opens">{competition.opensAt ? <Time value={competition.opensAt} /> : "it is open"}</Fact>
        <Fact label="Closes">
          {competition.closesAt ? <Time value={competition.closesAt} /> : "no deadline"}
        </Fact>
        <Fact label="Who may see it">
          {competition.visibility === "invite" ? "who is invited" : "everybody"}
        </Fact>
      </Facts>
      <p className="mt-4 max-w-prose text-muted-foreground text-sm">
        Days are counted in the lab's zone. A submission that is rejected, or that fails on the lab's side,
        doesn't count.
      </p>
    </Panel>
  );
}

/** Of these a case's score says its label. */
const tableTasks: ReadonlySet<string> = new Set(["labels", "binary_probability", "multiclass_probability"]);

function SplitsPanel({ evaluation, showsTruth }: { evaluation: EvaluationView; showsTruth: boolean }) {
  return (
    <Panel title="Splits">
      <div className="max-w-prose text-sm">
        {evaluation.hasPrivate ? (
          <p>
            The unseen cases are divided in two. Scores on the <strong className="font-medium">public</strong>{" "}
            part are shown at once; those on the <strong className="font-medium">private</strong> part decide
            in the end, and are shown to nobody before they are revealed.
          </p>
        ) : (
          <p>All unseen cases are public: the score shown is the score that ranks.</p>
        )}
        {tableTasks.has(evaluation.task) ? (
          <p className="mt-2">
            Whoever submits learns the public cases' labels from what each case scored.{" "}
            {evaluation.hasPrivate ? "Only the private part is blind." : "Nothing here is blind."}
          </p>
        ) : null}
        {showsTruth && evaluation.task === "masks" ? (
          <p className="mt-2">
            Whoever has a scored submission may look at the truth of the public cases, beside their own masks.
          </p>
        ) : null}
        <p className="mt-2 text-muted-foreground">
          Ranked is each person's best submission by{" "}
          {[evaluation.primary, ...evaluation.tieBreak]
            .map(({ metric }) => metricLabel(metric))
            .join(", then ")}
          , then the earlier one.
        </p>
      </div>
    </Panel>
  );
}

/** What the evaluation is frozen by. */
function DigestsPanel({ evaluation }: { evaluation: EvaluationView }) {
  const { digests, number, createdAt } = evaluation;
  return (
    <Panel
      title={`Evaluation ${number}, frozen`}
      description="SHA-256 of what scores; a score made with any other is no score here."
    >
      <dl className="flex flex-col gap-2">
        <DigestRow label="Evaluation" digest={digests.evaluation} />
        {digests.truth ? <DigestRow label="Truth" digest={digests.truth} /> : null}
        <DigestRow label="Sample submission" digest={digests.sample} />
      </dl>
      <p className="mt-3 text-muted-foreground text-xs">
        Here since <Time value={createdAt} />
        {digests.truth ? null : ". The truth's is told when the private leaderboard is revealed."}
      </p>
    </Panel>
  );
}
