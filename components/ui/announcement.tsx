import type { ReactNode } from "react";

/**
 * Says to assistive technology what changed on the page. Keep it mounted and change its text: a region that comes with
 * its text is read by few. For what is also in sight; nothing that ticks.
 */
export function Announcement({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="sr-only">
      {children}
    </p>
  );
}
