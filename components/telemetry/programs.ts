/** A program's name without its folders, which are on hover; its path may be unknown. */
export function programName(path: string): string {
  if (path === "") return "name not known";
  const [program = "", ...rest] = path.split(" ");
  const name = program.split("/").at(-1) || program;
  return [name, ...rest].join(" ");
}

/** GPU memory of one program: "2.5 GB", "40 MB"; drivers don't always tell. */
export function gpuMemoryText(memoryMiB: number | null): string {
  if (memoryMiB === null) return "memory not known";
  return memoryMiB < 1_024 ? `${memoryMiB} MB` : `${(memoryMiB / 1_024).toFixed(1)} GB`;
}
