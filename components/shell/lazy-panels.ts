/** The code of the shell's dialogs, which no page pays for at first; asked for once more it is there already. */
export const loadPalette = () => import("./command-palette").then((module) => module.CommandPalette);
/** For when somebody comes near it. What fails now is asked for again, and told, when the palette is opened. */
export function preloadPalette(): void {
  loadPalette().catch(() => undefined);
}

export const loadKeyList = () => import("./key-list").then((module) => module.KeyList);
