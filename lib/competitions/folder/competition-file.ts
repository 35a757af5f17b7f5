import { z } from "zod";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { exposures } from "@/lib/workspaces/model";
import { newCompetitionSlug } from "../model";

const line = (most: number) =>
  z.string().trim().min(1).max(most).regex(noControlCharacters, "One line, without control characters.");

/** In the folder itself, so that no path can lead out of it. */
const fileName = (ending: string) =>
  z
    .string()
    .max(100)
    .endsWith(ending, `Ends with ${ending}.`)
    .regex(/^[A-Za-z0-9][\w.-]*$/, "A file's name.");

const count = z.int().min(1).max(1_000_000).nullable();

/** How often a person may submit on one day and altogether, null for as often as they like, and how much at once. */
const limits = z
  .strictObject({
    daily: count.default(5),
    total: count.default(null),
    uploadBytes: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(100 * 2 ** 20),
  })
  .prefault({});

const instant = z.iso.datetime({ error: "A time in UTC such as 2026-11-25T14:00:00Z." });

/** What every competition.json has. */
const named = { slug: newCompetitionSlug, title: line(120), source: line(1_000), licence: line(200) };

/** What it may have, and what holds where it says nothing. */
const settings = {
  summary: line(300).optional(),
  description: fileName(".md").default("description.md"),
  rules: fileName(".md").default("rules.md"),
  evaluation: fileName(".json").default("evaluation.json"),
  exposure: z.enum(exposures).default("external"),
  visibility: z.enum(["public", "invite"]).default("public"),
  limits,
  showsPublicTruth: z.boolean().default(false),
  opensAt: instant.nullable().default(null),
  closesAt: instant.nullable().default(null),
};

const versioned = z
  .strictObject({ schema: z.literal("medforge/competition@1"), ...named, ...settings })
  .refine(({ opensAt, closesAt }) => !opensAt || !closesAt || Date.parse(opensAt) < Date.parse(closesAt), {
    path: ["closesAt"],
    message: "After opensAt.",
  })
  // People see it beside the title in lists.
  .transform(({ schema: _, summary, ...rest }) => ({ ...rest, summary: summary ?? rest.title }));

/** What a competition.json says, with the defaults for what it does not. */
export type CompetitionFile = z.output<typeof versioned>;

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
export function competitionFileSchema(json: unknown): z.ZodType<CompetitionFile> {
  return typeof json === "object" && json !== null && "schema" in json ? versioned : unversioned;
}
