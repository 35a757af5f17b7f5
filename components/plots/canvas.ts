import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** A colour of globals.css as it is now: light and dark give the same name another value. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The lines and labels of an axis in the page's own face and colours. */
export function axisLook(element: HTMLElement) {
  return {
    stroke: () => token("--muted-foreground"),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    ticks: { show: false },
    grid: { stroke: () => token("--border"), width: 1 },
  };
}

/** The main line of a plot. */
export const accentLine = {
  stroke: () => token("--primary"),
  fill: () => `color-mix(in oklch, ${token("--primary")} 14%, transparent)`,
  width: 1.5,
};

/**
 * Draws into an element and keeps to its size and to the theme.
 * @returns the plot, and what takes it away
 */
export function drawIn(
  box: HTMLElement,
  options: Omit<uPlot.Options, "width" | "height">,
  data: uPlot.AlignedData,
): { plot: uPlot; remove: () => void } {
  const plot = new uPlot({ ...options, width: box.clientWidth, height: box.clientHeight }, data, box);
  const sized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: box.clientHeight }));
  sized.observe(box);
  // The theme is an attribute; what was drawn keeps its colours until it is drawn again.
  const themed = new MutationObserver(() => plot.redraw());
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const remove = () => {
    sized.disconnect();
    themed.disconnect();
    plot.destroy();
  };
  return { plot, remove };
}
