import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { headingsInOrder } from "./markdown-headings";

/** What people may write: GitHub's list, without pictures, which the page's policy would not load. */
const schema = {
  ...defaultSchema,
  // Ids are those of footnotes alone, since HTML is left out, and these have a prefix already.
  clobberPrefix: "",
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => !["img", "picture", "source"].includes(name)),
};

const components: Components = {
  a: ({ node, children, ...given }) => (
    <a
      {...given}
      rel="noreferrer nofollow"
      className="focus-ring rounded-sm text-link underline underline-offset-4"
    >
      {children}
    </a>
  ),
  // A task of a list, which nobody ticks here.
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? "done" : "to do"}>
      {checked ? "☑" : "☐"}
    </span>
  ),
  pre: ({ children }) => (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which must be possible by key
      tabIndex={0}
      className="focus-ring overflow-x-auto rounded-md border border-border bg-sunken px-3 py-2"
    >
      {children}
    </pre>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which must be possible by key
    // biome-ignore lint/a11y/useSemanticElements: a section would be the panel; this is the box that scrolls
    <div role="region" aria-label="Table" tabIndex={0} className="focus-ring overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
};

/** Text that an admin wrote, as Markdown without any HTML of its own. Rendered on the server alone. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className="prose-text">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, schema], headingsInOrder]}
        components={components}
        skipHtml
      >
        {children}
      </ReactMarkdown>
    </div>
  );
}
