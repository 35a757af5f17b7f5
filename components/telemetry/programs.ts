import { size } from "@/lib/kernel/size";

/** A program's name without its folders, which are on hover; its path may be unknown. */
export function programName(path: string): string {
  if (path === "") return "name not known";
  const [program = "", ...rest] = path.split(" ");
  const name = program.split("/").at(-1) || program;
  return [name, ...rest].join(" ");
}

/** GPU memory of one program: "2.51 GB", "40 MB"; drivers don't always tell. */
export function gpuMemoryText(memoryMiB: number | null): string {
  if (memoryMiB === null) return "memory not known";
  return size(memoryMiB * 1024 ** 2);
}
