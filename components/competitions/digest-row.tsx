import { CopyButton } from "@/components/ui/copy-button";

/** A digest as far as there is room, and whole to copy. */
export function DigestRow({ label, digest }: { label: string; digest: string }) {
  return (
    <div className="flex items-center gap-3 text-sm">
      <dt className="w-28 shrink-0 text-muted-foreground text-xs">{label}</dt>
      <dd className="flex min-w-0 flex-1 items-center gap-1">
        <span className="min-w-0 truncate font-mono text-xs" title={digest}>
          {digest}
        </span>
        <CopyButton text={digest} label={`Copy the digest: ${label}`} />
      </dd>
    </div>
  );
}
