"use client";

import { ErrorId, type ErrorPageProps, errorId } from "@/components/errors/error-id";
import { useReloadForMissingCode } from "@/components/errors/missing-code";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";

/** What failed while a page was put together. */
export default function ConsoleError({ error, retry }: ErrorPageProps) {
  useReloadForMissingCode(error);
  return (
    <>
      <PageHeader title="This page could not be put together" />
      <Panel inset="flush">
        <EmptyState
          title="The lab did not answer this page's questions"
          action={
            <Button variant="primary" onClick={retry}>
              Try again
            </Button>
          }
        >
          <p>
            Sessions are not touched by it. If it stays, tell your administrator
            {errorId(error) === null ? "." : " the id below: the log has the cause."}
          </p>
          <ErrorId error={error} />
        </EmptyState>
      </Panel>
    </>
  );
}
