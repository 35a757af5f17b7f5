import { useQueryClient } from "@tanstack/react-query";
import { advanceWeek } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { useLabZone } from "@/components/ui/lab-clock";
import { api } from "@/lib/api/client";
import { type Closing, closingText } from "./closing-text";

/** Closes the bidding on the open week, once it was said what that comes to for everybody. */
export function CloseEarly(props: Omit<Closing, "zone">) {
  const { week } = props.week;
  const zone = useLabZone();
  const queryClient = useQueryClient();
  return (
    <ConfirmAction
      title={`Close the bidding on the week of ${week} now?`}
      description={
        <div className="flex flex-col gap-2">
          {closingText({ ...props, zone }).map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      }
      confirm="Close bidding"
      cancel="Leave it open"
      done={`Bidding on the week of ${week} has closed`}
      act={async () => {
        const result = await advanceWeek({ week });
        if (result.ok) await queryClient.invalidateQueries({ queryKey: api.admin.weeks.key() });
        return result;
      }}
    >
      <Button size="sm" variant="danger-outline">
        Close bidding
      </Button>
    </ConfirmAction>
  );
}
