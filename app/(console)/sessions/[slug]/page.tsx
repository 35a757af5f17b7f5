import type { Metadata } from "next";
import { timelineLimit } from "@/components/sessions/limits";
import { SessionPage } from "@/components/sessions/session-page";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

export async function generateMetadata({ params }: PageProps<"/sessions/[slug]">): Promise<Metadata> {
  return { title: `Session ${(await params).slug}` };
}

export default async function OneSessionPage({ params }: PageProps<"/sessions/[slug]">) {
  const actor = await requireViewer();
  const { slug } = await params;
  const api = await getServerApi();
  const [session, events, gpus] = await orNotFound(
    Promise.all([
      api.sessions.get({ slug }),
      api.sessions.events({ slug, limit: timelineLimit }),
      api.gpus.list(),
    ]),
  );
  return <SessionPage username={actor.username} initial={{ session, events, gpus }} />;
}
