/** What of a file tells it from others, without reading it. */
type FileMark = Pick<File, "name" | "size" | "lastModified">;

export interface UploadMemory {
  /** Where an earlier try of the file goes on; null where there was none, or the browser keeps nothing. */
  recall: () => string | null;
  keep: (url: string) => void;
  forget: () => void;
}

/** Where a file's upload to a competition goes on, past the page's end. A browser that keeps nothing begins anew. */
export function uploadMemory(slug: string, { name, size, lastModified }: FileMark): UploadMemory {
  const key = ["medforge-upload", slug, name, size, lastModified].join("/");
  return {
    recall: () => attempt(() => localStorage.getItem(key)),
    keep: (url) => void attempt(() => localStorage.setItem(key, url)),
    forget: () => void attempt(() => localStorage.removeItem(key)),
  };
}

/** Storage that is full, or that the browser's settings close, throws at each touch. */
function attempt<T>(touch: () => T): T | null {
  try {
    return touch();
  } catch {
    return null;
  }
}
