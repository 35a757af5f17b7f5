import { loadWeek } from "./load";

/** Above the loading state, so that a week that isn't there answers 404. */
export default async function WeekLayout({ children, params }: LayoutProps<"/schedule/[[...week]]">) {
  await loadWeek(((await params).week ?? []).join("/"));
  return children;
}
