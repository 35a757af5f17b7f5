import { loadWorkspace } from "./load";

/** Above the loading state, so that a workspace that isn't there answers 404. */
export default async function WorkspaceLayout({ children, params }: LayoutProps<"/workspaces/[id]">) {
  await loadWorkspace((await params).id);
  return children;
}
