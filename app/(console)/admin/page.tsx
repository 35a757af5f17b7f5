import { redirect } from "next/navigation";
import { adminPlaces } from "@/components/shell/navigation";
import { required } from "@/lib/kernel/assert";
import { requireAdmin } from "../require-admin";

/** The address that people try: to the first of the admin's pages. */
export default async function AdminPage() {
  await requireAdmin();
  redirect(required(adminPlaces[0], "an admin's page").href);
}
