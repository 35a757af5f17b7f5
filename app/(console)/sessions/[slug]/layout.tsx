import { loadSession } from "./load";

/** Above the loading state, so that a session that isn't there answers 404. */
export default async function SessionLayout({ children, params }: LayoutProps<"/sessions/[slug]">) {
  await loadSession((await params).slug);
  return children;
}
