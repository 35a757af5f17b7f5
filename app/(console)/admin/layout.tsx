import type { ReactNode } from "react";
import { requireAdmin } from "../require-admin";

/** Above the pages' loading states, so that whoever is no admin gets a plain 404 rather than a stream that ends in one. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  await requireAdmin();
  return children;
}
