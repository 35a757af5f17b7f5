import type { Metadata } from "next";
import { timelinePageSize } from "@/components/sessions/limits";
import { SessionPage } from "@/components/sessions/session-page";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../../require-viewer";
import { loadSession } from "./load";

export async function generateMetadata({ params }: PageProps<"/sessions/[slug]">): Promise<Metadata> {
  return { title: `Session ${(await params).slug}` };
}

export default async function OneSessionPage({ params }: PageProps<"/sessions/[slug]">) {
  const { username } = await requireViewer();
  const { slug } = await params;
  const api = await getServerApi();
  // First by itself: what isn't there has no timeline either, and must be answered with 404 rather than with that.
  const session = await loadSession(slug);
  const [events, gpus] = await Promise.all([
    api.sessions.events({ slug, limit: timelinePageSize }),
    api.gpus.list(),
  ]);
  return <SessionPage username={username} initial={{ session, events, gpus }} />;
}
