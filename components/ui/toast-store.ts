export type ToastTone = "neutral" | "ok" | "bad";

export interface ToastOptions {
  /** A second line, e.g. why it failed. */
  description?: string;
  /** One thing to do about it, e.g. Undo. */
  action?: { label: string; onPress: () => void };
}

export interface Toast extends ToastOptions {
  readonly id: number;
  readonly tone: ToastTone;
  readonly title: string;
}

/** More would cover the page; the oldest goes. */
const maxShown = 3;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentToasts(): readonly Toast[] {
  return toasts;
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

function show(tone: ToastTone, title: string, options: ToastOptions = {}): void {
  publish([...toasts, { ...options, id: nextId++, tone, title }].slice(-maxShown));
}

/** Tells the outcome of what was just done: `toast("Snapshot queued")`, `toast.success(…)`, `toast.error(…)`. */
export const toast = Object.assign(
  (title: string, options?: ToastOptions) => show("neutral", title, options),
  {
    success: (title: string, options?: ToastOptions) => show("ok", title, options),
    error: (title: string, options?: ToastOptions) => show("bad", title, options),
  },
);
