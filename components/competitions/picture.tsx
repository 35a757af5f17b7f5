"use client";

import { useSurface } from "@/components/surface/surface-provider";
import { cn } from "@/components/ui/cn";
import type { CompetitionListItem } from "@/lib/competitions/model";
import { CompetitionGlyph } from "./glyph";
import { picturePath } from "./paths";

export interface CompetitionPictureProps {
  competition: Pick<CompetitionListItem, "slug" | "task" | "picture">;
  className?: string;
}

/** A competition's own picture, or one that stands for its task; the name beside it says all that it does. */
export function CompetitionPicture({ competition, className }: CompetitionPictureProps) {
  const { surface } = useSurface();
  const { slug, task, picture } = competition;
  if (picture === null) return <CompetitionGlyph slug={slug} task={task} className={className} />;
  return (
    // biome-ignore lint/performance/noImgElement: an optimiser would ask for it without the viewer's login
    <img
      src={picturePath(surface, slug, picture)}
      alt=""
      width={96}
      height={64}
      loading="lazy"
      decoding="async"
      className={cn("aspect-3/2 rounded-md bg-muted object-cover", className)}
    />
  );
}
