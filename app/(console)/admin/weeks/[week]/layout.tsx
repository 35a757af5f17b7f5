import { loadUsage } from "./load";

/** Above the loading state, so that a week that isn't there answers 404. */
export default async function UsageLayout({ children, params }: LayoutProps<"/admin/weeks/[week]">) {
  await loadUsage((await params).week);
  return children;
}
