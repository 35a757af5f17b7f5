"use client";

import { ErrorId, type ErrorPageProps } from "@/components/errors/error-id";
import { useReloadForMissingCode } from "@/components/errors/missing-code";
import { PlainFrame } from "@/components/errors/plain-frame";
import { Button } from "@/components/ui/button";

/** What failed outside the console. */
export default function PageError({ error, retry }: ErrorPageProps) {
  useReloadForMissingCode(error);
  return (
    <PlainFrame
      title="This page could not be put together"
      actions={
        <Button variant="primary" onClick={retry}>
          Try again
        </Button>
      }
    >
      <p>Running sessions are not touched by it. If it stays, tell your administrator.</p>
      <ErrorId error={error} />
    </PlainFrame>
  );
}
