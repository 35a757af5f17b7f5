/**
 * Puts text on the clipboard. The asynchronous API exists on secure origins only; a lab reached by plain
 * address during set-up still gets the older way.
 * @returns whether the browser did it
 */
export async function writeClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "fixed top-0 left-0 opacity-0";
  // Inside an open dialog the focus trap would take the selection back from the body.
  const home = document.activeElement?.parentElement ?? document.body;
  const focused = document.activeElement;
  home.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
