import { loadDays } from "./load";

/** Above the loading state, so that a day that is none answers 404. */
export default async function DaysLayout({ children, params }: LayoutProps<"/schedule/reserve/[[...from]]">) {
  await loadDays(((await params).from ?? []).join("/"));
  return children;
}
