import { z } from "zod";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { exposures } from "@/lib/workspaces/model";
import { defaultMaxUploadBytes, newCompetitionSlug, visibilities } from "../model";

const line = (most: number) =>
  z.string().trim().min(1).max(most).regex(noControlCharacters, "One line, without control characters.");

/** In the folder itself, so that no path can lead out of it. */
const fileName = (ending: string) =>
  z
    .string()
    .max(100)
    .endsWith(ending, `Ends with ${ending}.`)
    .regex(/^[A-Za-z0-9][\w.-]*$/, "A file's name.");

const count = z.int().min(1).max(1_000_000).nullable().optional();

/** How often a person may submit on one day and altogether, null for as often as they like, and how much at once. */
const limits = z
  .strictObject({
    daily: count,
    total: count,
    uploadBytes: z
      .int()
      .min(1)
      .max(2 ** 40)
      .optional(),
  })
  .optional();

const instant = z.iso.datetime({ error: "A time in UTC such as 2026-11-25T14:00:00Z." });

/** What every competition.json has. */
const named = { slug: newCompetitionSlug, title: line(120), source: line(1_000), licence: line(200) };

/** What it may have. */
const settings = {
  summary: line(300).optional(),
  description: fileName(".md").optional(),
  rules: fileName(".md").optional(),
  evaluation: fileName(".json").optional(),
  exposure: z.enum(exposures).optional(),
  visibility: z.enum(visibilities).optional(),
  limits,
  showsPublicTruth: z.boolean().optional(),
  opensAt: instant.nullable().optional(),
  closesAt: instant.nullable().optional(),
};

const fileNames = {
  description: "description.md",
  rules: "rules.md",
  evaluation: "evaluation.json",
} as const;

const versioned = z
  .strictObject({ schema: z.literal("medforge/competition@1"), ...named, ...settings })
  .refine(({ opensAt, closesAt }) => !opensAt || !closesAt || Date.parse(opensAt) < Date.parse(closesAt), {
    path: ["closesAt"],
    message: "After opensAt.",
  })
  .transform(({ schema: _, ...given }) => {
    const { title, summary, visibility, limits: bounds = {}, showsPublicTruth, opensAt, closesAt } = given;
    const { slug, source, licence, exposure = "external" } = given;
    const { daily, total, uploadBytes } = bounds;
    const { description, rules, evaluation } = namesIn(given);
    const file = {
      ...{ slug, title, source, licence, description, rules, evaluation, exposure },
      // People see it beside the title in lists.
      summary: summary ?? title,
      visibility: visibility ?? ("public" as const),
      limits: {
        daily: daily === undefined ? 5 : daily,
        total: total ?? null,
        uploadBytes: uploadBytes ?? defaultMaxUploadBytes,
      },
      showsPublicTruth: showsPublicTruth ?? false,
      opensAt: opensAt ?? null,
      closesAt: closesAt ?? null,
    };
    /** What of the competition's settings it says itself: of one that is there, the rest stays as it is. */
    const said = {
      ...{ title, summary, visibility, showsPublicTruth, opensAt, closesAt },
      ...{ dailyLimit: daily, totalLimit: total, maxUploadBytes: uploadBytes },
    };
    return { file, said };
  });

/** What a competition.json says, with the defaults for what it does not. */
export type CompetitionFile = z.output<typeof versioned>["file"];

const anyNames = z.object({
  description: settings.description.catch(undefined),
  rules: settings.rules.catch(undefined),
  evaluation: settings.evaluation.catch(undefined),
});

/** Where texts and manifest lie, of a file that may be wrong in whatever else it says. */
export function namesIn(json: unknown): { description: string; rules: string; evaluation: string } {
  const { description, rules, evaluation } = anyNames.safeParse(json).data ?? {};
  return {
    description: description ?? fileNames.description,
    rules: rules ?? fileNames.rules,
    evaluation: evaluation ?? fileNames.evaluation,
  };
}

/** From before the format had a name: whatever else it says is a remark of whoever built the data. */
const unversioned = z
  .looseObject(named)
  .superRefine((value, context) => {
    for (const key of Object.keys(settings).filter((name) => name in value))
      context.addIssue({
        code: "custom",
        path: [key],
        message: 'Only with "schema": "medforge/competition@1".',
      });
  })
  .transform(({ slug, title, source, licence }) =>
    versioned.parse({ schema: "medforge/competition@1", slug, title, source, licence }),
  );

/** For a competition.json that was parsed; which of the two it is, its `schema` tells. */
export function competitionFileSchema(json: unknown): z.ZodType<z.output<typeof versioned>> {
  return typeof json === "object" && json !== null && "schema" in json ? versioned : unversioned;
}
