"use client";

import { useState } from "react";
import { Panel } from "@/components/ui/panel";
import { Progress } from "@/components/ui/progress";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { Select } from "@/components/ui/select";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import type { Split, SubmissionCases } from "@/lib/competitions/model";
import { directionWords } from "../metrics";
import { exactScore, scoreText } from "../score-text";
import {
  binsOf,
  type CaseSeries,
  type CaseWords,
  isRightOrWrong,
  quantile,
  seriesOf,
  worstOf,
} from "./cases";
import { Histogram } from "./histogram";

const worstShown = 10;

export interface DistributionPanelProps {
  cases: SubmissionCases["cases"];
  words: CaseWords;
}

/** How the score is spread over the cases, and which of them cost most. */
export function DistributionPanel({ cases, words }: DistributionPanelProps) {
  const splits = (["public", "private"] as const).filter((split) => cases.some((one) => one.split === split));
  const [chosenSplit, setSplit] = useState<Split>("public");
  const [chosenKey, setKey] = useState<string | null>(null);
  const split = splits.includes(chosenSplit) ? chosenSplit : (splits[0] ?? "public");
  const all = seriesOf(cases, split, words);
  const series = all.find(({ key }) => key === chosenKey) ?? all[0];
  if (!series) return null;
  return (
    <Panel
      title="By case"
      description={`${series.label}, ${directionWords[series.direction]}; ${series.values.length} of the ${split} cases have a value`}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {all.length > 1 ? (
            <Select
              aria-label="Which value"
              className="w-72 max-sm:w-52"
              value={series.key}
              onChange={(event) => setKey(event.target.value)}
            >
              {all.map(({ key, label }) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </Select>
          ) : null}
          {splits.length > 1 ? (
            <SegmentedControl
              label="Which split"
              value={split}
              onValueChange={setSplit}
              options={splits.map((value) => ({ value, label: value === "public" ? "Public" : "Private" }))}
            />
          ) : null}
        </div>
      }
    >
      {series.values.length === 0 ? (
        <p className="text-muted-foreground text-sm">No case has this value.</p>
      ) : isRightOrWrong(series) ? (
        <RightOrWrong series={series} />
      ) : (
        <Spread series={series} />
      )}
    </Panel>
  );
}

/** Wrong ones that are named; the rest are in the API's answer. */
const wrongShown = 60;

function RightOrWrong({ series }: { series: CaseSeries }) {
  const wrong = series.values.filter(({ value }) => value === 0);
  const right = series.values.length - wrong.length;
  const percent = (right / series.values.length) * 100;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm">
        <span className="font-semibold">{right} right</span>, {wrong.length} wrong:{" "}
        <span className="font-mono text-xs">{percent.toFixed(1)} %</span>
      </p>
      <Progress value={percent} label={`${right} of ${series.values.length} right`} tone="working" />
      {wrong.length === 0 ? null : (
        <div>
          <p className="text-muted-foreground text-xs">
            Wrong{wrong.length > wrongShown ? `, the first ${wrongShown}` : ""}
          </p>
          <ul className="mt-1 flex flex-wrap gap-1.5">
            {wrong.slice(0, wrongShown).map(({ id }) => (
              <li key={id} className="rounded-sm bg-muted px-1.5 py-0.5 font-mono text-xs">
                {id}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Spread({ series }: { series: CaseSeries }) {
  const sorted = series.values.map(({ value }) => value).sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_17rem]">
      <div className="min-w-0">
        <Histogram bins={binsOf(sorted)} median={median} label={series.label} />
        <p className="mt-2 text-muted-foreground text-xs tabular-nums">
          Half of them from <Figure value={quantile(sorted, 0.25)} /> to{" "}
          <Figure value={quantile(sorted, 0.75)} /> · all from <Figure value={quantile(sorted, 0)} /> to{" "}
          <Figure value={quantile(sorted, 1)} />
        </p>
      </div>
      <Worst series={series} />
    </div>
  );
}

function Figure({ value }: { value: number }) {
  return <span className="font-mono text-foreground">{scoreText(value)}</span>;
}

const millilitres = (mm3: number) => Number((mm3 / 1_000).toPrecision(3));

function Worst({ series }: { series: CaseSeries }) {
  return (
    <div className="min-w-0 self-start rounded-md border border-border">
      <Table aria-label="Worst cases">
        <TableHeader>
          <tr>
            <TableHead>Worst cases</TableHead>
            <TableHead numeric>{series.direction === "max" ? "lowest" : "highest"}</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {worstOf(series, worstShown).map(({ id, value, volumes }) => (
            <TableRow key={id}>
              <TableCell className="wrap-anywhere h-7 py-1 font-mono text-xs">
                {id}
                {volumes ? (
                  <TableSecondLine className="font-sans">
                    {millilitres(volumes.truthMm3)} ml in the truth, {millilitres(volumes.ownMm3)} ml here
                  </TableSecondLine>
                ) : null}
              </TableCell>
              <TableCell numeric className="h-7 py-1 font-mono text-xs" title={exactScore(value)}>
                {scoreText(value)}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
