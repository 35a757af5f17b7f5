/** As much of a tree of HTML (hast) as its headings need. */
interface Node {
  readonly type: string;
  tagName?: string;
  readonly children?: Node[];
}

/** The page's title and the panel's are above what somebody wrote. */
const above = 2;
const deepest = 6;

function headingsOf(node: Node): Node[] {
  const own = node.type === "element" && /^h[1-6]$/.test(node.tagName ?? "") ? [node] : [];
  return [...own, ...(node.children ?? []).flatMap(headingsOf)];
}

/**
 * A rehype plugin that sets headings below the page's own two, in the order in which they were written, and closes gaps:
 * whoever has headings read out never falls from one to the third below it.
 */
export function headingsInOrder() {
  return (tree: Node): void => {
    const headings = headingsOf(tree);
    const levels = [...new Set(headings.map(({ tagName }) => tagName ?? ""))].sort();
    let last = above;
    for (const heading of headings) {
      const wanted = above + 1 + levels.indexOf(heading.tagName ?? "");
      last = Math.min(wanted, last + 1, deepest);
      heading.tagName = `h${last}`;
    }
  };
}
