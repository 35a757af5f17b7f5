/** One thing that is wrong with a competition's folder. */
export interface FolderProblem {
  /** Path in the folder; "." is the folder itself. */
  readonly file: string;
  /** Path in a JSON file, such as `primary.metric`. */
  readonly field?: string;
  /** A sentence. */
  readonly message: string;
}

/** A folder that is no competition: everything that was found wrong with it, a line each. */
export class InvalidFolder extends Error {
  override readonly name = "InvalidFolder";

  constructor(readonly problems: readonly FolderProblem[]) {
    super(problems.map(problemText).join("\n"));
  }
}

function problemText({ file, field, message }: FolderProblem): string {
  return [file, ...(field === undefined || field === "" ? [] : [field]), message].join(": ");
}

/** What one reading of a folder finds, so that its author is told all of it at once. */
export class Findings {
  private readonly problems: FolderProblem[] = [];

  get isEmpty(): boolean {
    return this.problems.length === 0;
  }

  get count(): number {
    return this.problems.length;
  }

  /** Whether something was found wrong with this file. */
  has(file: string): boolean {
    return this.problems.some((problem) => problem.file === file);
  }

  add(file: string, message: string, field?: string): void {
    this.problems.push({ file, message, ...(field === undefined ? {} : { field }) });
  }

  /** That a file is missing; where it was said why it is none, that is enough. */
  addMissing(file: string, message: string): void {
    if (!this.has(file)) this.add(file, message);
  }

  /** By field, as `fieldMessages` has them. */
  addFields(file: string, messages: Readonly<Record<string, string>>): void {
    for (const [field, message] of Object.entries(messages)) this.add(file, message, field);
  }

  /** @throws InvalidFolder if there are any */
  refuse(): void {
    if (!this.isEmpty) throw new InvalidFolder(this.problems);
  }
}
