import "server-only";
import { notFound } from "next/navigation";
import type { Actor } from "@/lib/auth/model";
import { requireViewer } from "./require-viewer";

/** The signed-in admin; for everybody else the page isn't there. */
export async function requireAdmin(): Promise<Actor> {
  const actor = await requireViewer();
  if (actor.role !== "admin") notFound();
  return actor;
}
