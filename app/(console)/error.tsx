"use client";

import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** What failed while a page was put together; the digest finds it in web's log. */
export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <>
      <PageHeader title="This page could not be put together" />
      <Panel inset="flush">
        <EmptyState
          title="The lab did not answer this page's questions"
          action={
            <Button variant="primary" onClick={reset}>
              Try again
            </Button>
          }
        >
          <p>
            Sessions are not touched by it. If it stays, tell your administrator, who finds the cause in the
            log of web
            {error.digest ? (
              <>
                {" "}
                under <code className="font-mono text-foreground">{error.digest}</code>
              </>
            ) : null}
            .
          </p>
        </EmptyState>
      </Panel>
    </>
  );
}
