/** What Next hands to an error page. */
export interface ErrorPageProps {
  error: unknown;
  /** Asks the server for the page again. */
  retry: () => void;
}

/** The id under which web's log has the cause; nothing for what failed in the browser alone. */
export function ErrorId({ error }: { error: unknown }) {
  const digest = error instanceof Error && "digest" in error ? error.digest : undefined;
  if (typeof digest !== "string") return null;
  return (
    <p>
      Request id <code className="font-mono text-foreground text-sm">{digest}</code>
    </p>
  );
}
