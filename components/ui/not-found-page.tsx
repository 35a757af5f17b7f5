import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "./button";
import { EmptyState } from "./empty-state";
import { PageHeader } from "./page-header";
import { Panel } from "./panel";

interface NotFoundPageProps {
  heading: string;
  /** What there is nothing of. */
  title: string;
  /** Where to go on. */
  next: { name: string; path: string };
  /** Why that may be. */
  children: ReactNode;
}

/** What an address within the console shows that leads to nothing. */
export function NotFoundPage({ heading, title, next, children }: NotFoundPageProps) {
  return (
    <>
      <PageHeader title={heading} />
      <Panel inset="flush">
        <EmptyState
          title={title}
          action={
            <Button asChild>
              <Link href={next.path}>{next.name}</Link>
            </Button>
          }
        >
          {children}
        </EmptyState>
      </Panel>
    </>
  );
}
