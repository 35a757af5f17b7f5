import type { Evaluation } from "../scoring/manifest";
import type { GivenSubmission } from "./checks";
import { folderLimits } from "./limits";
import type { Findings } from "./problems";
import { digested, digestedFile, type FolderFile, sizeOf, type Tree } from "./tree";
import { zipOf } from "./zip";

/** A submission that the folder brings along, and the files that it is made of. */
export interface Given {
  readonly file: FolderFile;
  readonly paths: readonly string[];
}

/**
 * The submission `<side>/<name>.csv`, of masks `<side>/<name>.zip` or a folder of volumes, which is taken as the zip of
 * them. Null, and a finding where it is wanted, if there is none.
 */
export async function readGiven(
  tree: Tree,
  { task }: Evaluation,
  side: "public" | "private",
  name: GivenSubmission,
  findings: Findings,
): Promise<Given | null> {
  const base = `${side}/${name}`;
  const ending = task === "masks" ? ".zip" : ".csv";
  const paths = tree.names.filter(
    (path) => path === `${base}${ending}` || (task === "masks" && path.startsWith(`${base}/`)),
  );
  const [path] = paths;
  if (path === undefined) {
    if (side === "public")
      findings.addMissing(`${base}${ending}`, "Missing: it shows what a submission looks like.");
    return null;
  }
  if (path === `${base}${ending}` || paths.includes(`${base}${ending}`)) {
    if (paths.length > 1)
      findings.add(base, `There is a ${name}${ending} and a folder: one of them is enough.`);
    return { file: await digestedFile(tree, `${base}${ending}`, `${name}${ending}`), paths };
  }
  return zipped(tree, base, paths, findings);
}

async function zipped(
  tree: Tree,
  base: string,
  paths: readonly string[],
  findings: Findings,
): Promise<Given | null> {
  const nested = paths.find((path) => path.slice(base.length + 1).includes("/"));
  if (nested !== undefined) findings.add(nested, "The volumes of a submission lie in no further folder.");
  let size = 0;
  for (const path of paths) size += await sizeOf(tree, path);
  if (size > folderLimits.zipBytes || paths.length > folderLimits.zipEntries)
    findings.add(base, "Too much to be zipped here: put the zip itself.");
  else if (nested === undefined) {
    const files: FolderFile[] = [];
    for (const path of paths) files.push(await digestedFile(tree, path, path.slice(base.length + 1)));
    const name = `${base.slice(base.indexOf("/") + 1)}.zip`;
    return { file: await digested(name, () => zipOf(files)), paths };
  }
  return null;
}
