import { z } from "zod";
import { publicId } from "@/lib/kernel/id-schemas";
import { competitionSlug } from "./model";

export const inviteInput = z.strictObject({ slug: competitionSlug, userId: publicId("usr") });
export type InviteInput = z.output<typeof inviteInput>;

export const inviteView = z.strictObject({
  userId: publicId("usr"),
  username: z.string(),
  invitedAt: z.iso.datetime(),
});
export type InviteView = z.output<typeof inviteView>;
