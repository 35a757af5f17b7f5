/** What the page can show of a file. */
export type FileKind = "volume" | "image" | "table";

const endings: readonly [RegExp, FileKind][] = [
  [/\.nii(\.gz)?$/i, "volume"],
  [/\.(png|jpe?g|webp)$/i, "image"],
  [/\.csv$/i, "table"],
];

/** By the name's ending; null for what the page does not know how to show. */
export function kindOf(name: string): FileKind | null {
  return endings.find(([ending]) => ending.test(name))?.[1] ?? null;
}

/** As they are, but for tables, which say what the others are: those come before pictures and volumes. */
export function tablesFirst<File extends { readonly name: string }>(files: readonly File[]): File[] {
  const isTable = ({ name }: File) => kindOf(name) === "table";
  return [...files.filter(isTable), ...files.filter((file) => !isTable(file))];
}

const lastPart = (name: string) => name.slice(name.lastIndexOf("/") + 1);

/** Without folders and ending: `x` of `imagesTr/x.nii.gz`. */
export function stemOf(name: string): string {
  return lastPart(name).replace(/\.nii(\.gz)?$|\.[A-Za-z0-9]+$/i, "");
}

/** What names add to a case's to say which of its volumes they are; `_0000` is a channel's number. */
const role = /[._-](image|img|scan|t1|t2|ct|mr|labels?|seg(mentation)?|masks?|gt|truth|\d{4})$/i;
const caseOf = (name: string) => stemOf(name).replace(role, "").toLowerCase();

/** Whether a volume is one of labels, by its name or a folder's: `labelsTr/x.nii.gz`, `x_seg.nii.gz`. */
export function namesLabels(name: string): boolean {
  return (
    /(^|[._-])(labels?|seg(mentation)?s?|masks?|gt|truth)(\.nii(\.gz)?)?$/i.test(lastPart(name)) ||
    name
      .split("/")
      .slice(0, -1)
      .some((folder) => /^(labels?|seg(mentation)?s?|masks?|gt|truth)(tr|ts|[._-].*)?$/i.test(folder))
  );
}

const volumesIn = (names: readonly string[]) => names.filter((name) => kindOf(name) === "volume");

/** Of the volumes of a case those that are its labels, likeliest first: of the same case, called labels. */
export function labelsOf(names: readonly string[], name: string): string[] {
  return volumesIn(names).filter(
    (other) => other !== name && namesLabels(other) && caseOf(other) === caseOf(name),
  );
}

/** The volume that shows what a case looks like: not its labels. Null where there is none. */
export function imageOf(names: readonly string[], name: string): string | null {
  const wanted = caseOf(name);
  return (
    volumesIn(names).find((other) => other !== name && !namesLabels(other) && caseOf(other) === wanted) ??
    null
  );
}

/** Pictures of one folder, in the order of their names. */
export function imagesBeside(names: readonly string[], name: string): string[] {
  const folder = (of: string) => of.slice(0, of.lastIndexOf("/") + 1);
  return names.filter((other) => kindOf(other) === "image" && folder(other) === folder(name));
}
