import { loadManaged } from "./load";

/** Above the loading state, so that a competition that isn't there answers 404. */
export default async function ManagedLayout({ children, params }: LayoutProps<"/admin/competitions/[slug]">) {
  await loadManaged((await params).slug);
  return children;
}
