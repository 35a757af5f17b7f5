import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

export interface LoadFailureProps {
  /** What did not come: "The log". */
  what: string;
  error: Error | null;
  onRetry: () => void;
}

/** Stands where something would that the API did not give: why, and another try. */
export function LoadFailure({ what, error, onRetry }: LoadFailureProps) {
  return (
    <Notice
      tone="warn"
      title={`${what} could not be loaded`}
      action={
        <Button size="sm" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {error?.message}
    </Notice>
  );
}
