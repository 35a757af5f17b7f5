/** Which of the shell's own dialogs is open; one at a time, opened from keys, buttons and the palette alike. */
export type ShellPanel = "palette" | "keys" | null;

let open: ShellPanel = null;
const listeners = new Set<() => void>();

export function showPanel(next: ShellPanel): void {
  open = next;
  for (const listener of listeners) listener();
}

export function openPalette(): void {
  showPanel("palette");
}

export function currentPanel(): ShellPanel {
  return open;
}

export function subscribePanel(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
