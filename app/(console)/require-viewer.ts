import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { loginPath } from "@/components/auth/return-path";
import { getServerContext } from "@/lib/api/server";
import type { Actor } from "@/lib/auth/model";

/** Who is signed in; everybody else goes to the login page and comes back here afterwards. */
export async function requireViewer(): Promise<Actor> {
  const { actor } = await getServerContext();
  if (actor) return actor;
  // Set by the proxy, which alone knows the path while a layout renders.
  redirect(loginPath((await headers()).get("x-medforge-path") ?? "/"));
}
