import { CodeBlock } from "@/components/ui/code-block";

export interface TranscriptProps {
  /** The host in this lab's ssh commands. */
  sshHost: string;
}

/** What a session takes, in the order in which it is typed. */
export function Transcript({ sshHost }: TranscriptProps) {
  const steps = [
    { does: "Make a key once", code: "ssh-keygen -t ed25519" },
    { does: "Launch, then connect, e.g.", code: `ssh -p 10000 mf@${sshHost}` },
    { does: "Your GPU, and no other", code: "nvidia-smi" },
  ];
  return (
    <ol className="flex flex-col gap-3">
      {steps.map((step, index) => (
        <li key={step.does} className="grid gap-x-4 gap-y-1 sm:grid-cols-[11.5rem_1fr] sm:items-center">
          <span className="flex gap-2.5 text-sm">
            <span className="font-mono text-muted-foreground tabular-nums">{index + 1}</span>
            {step.does}
          </span>
          <CodeBlock code={step.code} label={step.does} prompt />
        </li>
      ))}
    </ol>
  );
}
