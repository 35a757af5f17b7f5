import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";

export interface NoGpusProps {
  /** Of the calendar in whose place it stands. */
  label: string;
  title: string;
  /** What administrators do about it; null for everybody else, who launch on what is given to whoever comes first. */
  action: string | null;
  children: ReactNode;
}

/** In the place of a calendar: no GPU gives its hours out that way. */
export function NoGpus({ label, title, action, children }: NoGpusProps) {
  const link = (
    <Button asChild>
      <Link href={action === null ? "/home#launch" : "/admin/gpus"}>{action ?? "Launch a session"}</Link>
    </Button>
  );
  return (
    <Panel inset="flush" aria-label={label}>
      <EmptyState title={title} action={link}>
        {children}
      </EmptyState>
    </Panel>
  );
}
