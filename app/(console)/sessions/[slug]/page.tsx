import type { Metadata } from "next";
import { timelineLimit } from "@/components/sessions/limits";
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
  const [session, events, gpus] = await Promise.all([
    loadSession(slug),
    api.sessions.events({ slug, limit: timelineLimit }),
    api.gpus.list(),
  ]);
  return <SessionPage username={username} initial={{ session, events, gpus }} />;
}
