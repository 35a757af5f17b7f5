import { redirect } from "next/navigation";
import { requireViewer } from "../../require-viewer";
import { soldModes } from "../../sold-modes";
import { loadWeek } from "./load";

/** Above the loading state, so that a week that isn't there answers 404, and a lab that auctions nothing leads on. */
export default async function WeekLayout({ children, params }: LayoutProps<"/schedule/[[...week]]">) {
  await requireViewer();
  const path = (await params).week ?? [];
  const modes = await soldModes();
  if (path.length === 0 && modes.length === 1 && modes[0] === "reservation") redirect("/schedule/reserve");
  await loadWeek(path.join("/"));
  return children;
}
