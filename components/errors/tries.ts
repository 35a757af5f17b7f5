/** Outlives the document, as tries that load it anew do. */
const storageKey = "medforge-tries";
/** Tries are forgotten once a page has stood this long. ms */
const wellAfterMs = 30_000;

/** Stands in where the browser keeps nothing. */
let inMemory = 0;
/** Failures that are on the page now. */
let shown = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** How often loading was tried again since a page last stood well. */
export function countedTries(): number {
  return Math.max(inMemory, storedTries());
}

function storedTries(): number {
  try {
    return Number(sessionStorage.getItem(storageKey)) || 0;
  } catch {
    return 0;
  }
}

/** @returns whether the count is still there after the document is loaded anew */
export function countTries(count: number): boolean {
  inMemory = count;
  try {
    sessionStorage.setItem(storageKey, String(count));
    return true;
  } catch {
    return false;
  }
}

/** Whether a browser keeps the count over a reload. Where it does not, reloads by themselves would never end. */
export function triesOutliveDocument(): boolean {
  return countTries(countedTries());
}

/** @returns what to call once the failure is off the page */
export function failureShown(): () => void {
  shown += 1;
  return () => {
    shown -= 1;
    forgetOnceWell();
  };
}

/**
 * Forgets the tries after a while of a page that is loaded and shows no failure. How long ago a try was says nothing: one
 * may take minutes to fail, and tries forgotten meanwhile would go on for ever.
 */
export function forgetOnceWell(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    // Else this is asked for again when the failure goes.
    if (shown > 0) return;
    if (isLoading()) forgetOnceWell();
    else if (countedTries() > 0) countTries(0);
  }, wellAfterMs);
}

/** A page's skeleton says that it is busy. */
function isLoading(): boolean {
  return document.readyState !== "complete" || document.querySelector("div[aria-busy=true]") !== null;
}
