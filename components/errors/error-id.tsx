/** What Next hands to an error page. */
export interface ErrorPageProps {
  error: unknown;
  /** Asks the server for the page again. */
  retry: () => void;
}

/** The id under which web's log has the cause; null for what failed in the browser alone. */
export function errorId(error: unknown): string | null {
  const digest = error instanceof Error && "digest" in error ? error.digest : undefined;
  return typeof digest === "string" ? digest : null;
}

/** That id, to be told to an administrator; nothing where there is none. */
export function ErrorId({ error }: { error: unknown }) {
  const id = errorId(error);
  if (id === null) return null;
  return (
    <p>
      Request id <code className="font-mono text-foreground text-sm">{id}</code>
    </p>
  );
}
