import { NotFoundPage } from "@/components/ui/not-found-page";

/** Of an address that names no week, or days beyond those that can be booked: nothing here belongs to anybody. */
export default function ScheduleNotFound() {
  return (
    <NotFoundPage
      heading="GPU time"
      title="There is no such week"
      next={{ name: "GPU time", path: "/schedule" }}
    >
      Weeks are named by their Saturday, such as 2026-12-05. It may not be laid out yet, or be cleaned up.
    </NotFoundPage>
  );
}
