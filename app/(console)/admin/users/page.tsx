import type { Metadata } from "next";
import { UserList } from "@/components/admin/user-list";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage() {
  const actor = await requireAdmin();
  const api = await getServerApi();
  const initial = await api.admin.users.list({ limit: listPageSize });
  return (
    <>
      <PageHeader title="Users" description="Who may sign in, as what, and how much they may have." />
      <UserList initial={initial} ownId={actor.publicId} />
    </>
  );
}
