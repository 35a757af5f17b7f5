const facts = [
  {
    term: "Session",
    text: "A container of your own with one whole GPU. Nobody else's process runs on it while you hold it.",
  },
  {
    term: "Workspace",
    text: "Your files outlive every session. Each stop takes a snapshot, and any snapshot can be restored.",
  },
  {
    term: "Tools",
    text: "ssh, scp, rsync and VS Code Remote reach it as any Linux machine. The API does what the pages do.",
  },
] as const;

/** What one gets, in three words and a sentence to each. */
export function Facts() {
  return (
    <dl className="mt-2 flex flex-col border-border border-t">
      {facts.map((fact) => (
        <div key={fact.term} className="grid gap-x-4 border-border border-b py-3 sm:grid-cols-[6.5rem_1fr]">
          <dt className="font-medium text-sm">{fact.term}</dt>
          <dd className="text-muted-foreground text-sm">{fact.text}</dd>
        </div>
      ))}
    </dl>
  );
}
