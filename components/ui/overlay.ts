/** Looks shared by popovers and dialogs; overlays alone carry a shadow. */
export const overlaySurface = [
  "z-50 overflow-hidden rounded-lg border border-border bg-popover text-popover-foreground shadow-overlay",
  "data-[state=open]:animate-overlay-in data-[state=closed]:animate-overlay-out",
].join(" ");

/** A row of a list that keys move through. */
export const itemStyles = [
  "relative flex cursor-default select-none items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none",
  "data-[selected=true]:bg-accent pointer-coarse:py-2.5",
  "[&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4 [&_svg:not([class*='text-'])]:text-muted-foreground",
].join(" ");

export const scrimStyles =
  "fixed inset-0 z-50 bg-scrim data-[state=open]:animate-fade-in data-[state=closed]:animate-fade-out";
