import type { LucideIcon } from "lucide-react";
import { useEffect } from "react";

/** A verb that the open page offers in the palette. */
export interface PageCommand {
  readonly id: string;
  /** Names verb and thing: "Stop session k3x7q2ab". */
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly run: () => void;
}

let commands: readonly PageCommand[] = [];
const listeners = new Set<() => void>();

function publish(next: readonly PageCommand[]): void {
  commands = next;
  for (const listener of listeners) listener();
}

export function currentPageCommands(): readonly PageCommand[] {
  return commands;
}

export function subscribePageCommands(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Offers verbs in the palette while the component is mounted. Memoise the array: a new one registers anew. */
export function usePageCommands(offered: readonly PageCommand[]): void {
  useEffect(() => {
    publish([...commands, ...offered]);
    return () => publish(commands.filter((command) => !offered.includes(command)));
  }, [offered]);
}
