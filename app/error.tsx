"use client";

import { ErrorId, type ErrorPageProps } from "@/components/errors/error-id";
import { PlainFrame } from "@/components/errors/plain-frame";
import { useTryAgain } from "@/components/errors/try-again";
import { Button } from "@/components/ui/button";

/** What failed outside the console. */
export default function PageError({ error, retry }: ErrorPageProps) {
  const { trying, again } = useTryAgain(error, retry);
  return (
    <PlainFrame
      title={trying ? "Loading again" : "This page could not be loaded"}
      actions={
        // There while it is tried by itself too: nobody knows how long a try takes.
        <Button variant="primary" onClick={again}>
          Try again
        </Button>
      }
    >
      <p role="status">
        {trying
          ? "The connection was lost while this page loaded. It is tried again by itself."
          : "Running sessions go on. If it happens again, tell your administrator."}
      </p>
      <ErrorId error={error} />
    </PlainFrame>
  );
}
