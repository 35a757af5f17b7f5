"use client";

import { ErrorId, type ErrorPageProps, errorId } from "@/components/errors/error-id";
import { useTryAgain } from "@/components/errors/try-again";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** What failed while a page was put together. */
export default function ConsoleError({ error, retry }: ErrorPageProps) {
  const { cut, trying, again } = useTryAgain(error, retry);
  if (trying) return <Trying again={again} />;
  return (
    <>
      <PageHeader title="This page could not be loaded" />
      <Panel inset="flush">
        <EmptyState
          title={cut ? "The connection to the lab was lost" : "The lab could not answer"}
          action={
            <Button variant="primary" onClick={again}>
              Try again
            </Button>
          }
        >
          <p>
            Running sessions go on. If it happens again, {cut ? "check your network or " : ""}tell your
            administrator
            {errorId(error) === null ? "." : " the id below: the log has the cause."}
          </p>
          <ErrorId error={error} />
        </EmptyState>
      </Panel>
    </>
  );
}

/** With the button all the same: nobody knows how long a try takes. */
function Trying({ again }: { again: () => void }) {
  return (
    <>
      <div role="status">
        <PageHeader
          title="Loading again"
          description="The connection was lost while this page loaded. It is tried again by itself."
        />
      </div>
      <Button onClick={again}>Try again</Button>
    </>
  );
}
