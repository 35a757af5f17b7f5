/** Looks shared by menus, popovers, selects and dialogs; overlays alone carry a shadow. */
export const overlaySurface = [
  "z-50 overflow-hidden rounded-lg border border-border bg-popover text-popover-foreground shadow-overlay",
  "data-[state=open]:animate-overlay-in data-[state=closed]:animate-overlay-out",
].join(" ");

export const itemStyles = [
  "relative flex cursor-default select-none items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none",
  "data-highlighted:bg-accent data-[selected=true]:bg-accent pointer-coarse:py-2.5",
  // Radix marks with an empty attribute, cmdk with "true" and "false".
  "data-[disabled='']:pointer-events-none data-[disabled='']:opacity-50",
  "data-[disabled=true]:pointer-events-none data-[disabled=true]:opacity-50",
  "[&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4 [&_svg:not([class*='text-'])]:text-muted-foreground",
].join(" ");

export const scrimStyles =
  "fixed inset-0 z-50 bg-scrim data-[state=open]:animate-fade-in data-[state=closed]:animate-fade-out";
