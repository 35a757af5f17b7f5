import { join } from "node:path";
import { brainSlices } from "./brain/brain-slices";
import { writeContent } from "./brain/content";
import { deepGreyMatter } from "./brain/deep-grey-matter";
import { readVolume } from "./brain/volume";
import { templateNames } from "./mricron";

/** Of mricron-data 1.2.20211006. */
const digests = {
  head: "a009051127f64dc3dd554d5f5b589870ea72106d9642c21b4e7093e478cfc309",
  atlas: "b512dcd3f36b77f56be7a9a038134096e66314b7e8c31d25875b96bcf6991454",
} as const;

const builders = { "deep-grey-matter": deepGreyMatter, "brain-slices": brainSlices } as const;

export const brainSlugs: readonly string[] = Object.keys(builders);

/**
 * Builds the competitions that come of mricron-data's volumes, each as a folder `<slug>` below `into`, in place of what
 * was there. The same volumes give the same bytes.
 * @param templates as `mricronTemplates` found it
 * @returns the folders
 * @throws Error where the package has other volumes than those that this was made for
 */
export async function buildBrainCompetitions(templates: string, into: string): Promise<string[]> {
  const head = await readVolume(join(templates, templateNames.head), digests.head);
  const atlas = await readVolume(join(templates, templateNames.atlas), digests.atlas);
  return Object.entries(builders).map(([slug, build]) => {
    const dir = join(into, slug);
    writeContent(dir, build({ head, atlas }));
    return dir;
  });
}
