/** One figure as Prometheus reads it. */
export interface Figure {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Reads the text format strictly. @throws Error naming a line that is none, or figures without a type */
export function parseFigures(text: string): Figure[] {
  const typed = new Set(
    [...text.matchAll(/^# TYPE (\S+) (?:counter|gauge|histogram|summary)$/gm)].map(([, name]) => name),
  );
  return text
    .split("\n")
    .filter((each) => each !== "" && !each.startsWith("#"))
    .map((each) => {
      const [, name = "", labels = "", value = ""] = line.exec(each) ?? [];
      const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
      const family = name.replace(/_(bucket|sum|count)$/, "");
      if (name === "" || value === "" || (Number.isNaN(number) && value !== "NaN"))
        throw new Error(`No figure: ${each}`);
      if (!typed.has(name) && !typed.has(family)) throw new Error(`No type of ${name}`);
      return {
        name,
        labels: Object.fromEntries([...labels.matchAll(label)].map(([, key, of]) => [key, of])),
        value: number,
      };
    });
}

/** The value of the one figure with this name and at least these labels; undefined when there is none. */
export function figure(
  figures: readonly Figure[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  return figures.find((one) => one.name === name && wanted.every(([key, of]) => one.labels[key] === of))
    ?.value;
}
