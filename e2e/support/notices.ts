import { newPublicId } from "@/lib/kernel/ids";
import type { NoticeContent } from "@/lib/notices/model";
import { change } from "./database";
import type { Person } from "./people";

/** Tells somebody something as the worker would; no request of the API's does. @returns the notice's id */
export async function tellNotice({ id }: Pick<Person, "id">, content: NoticeContent): Promise<string> {
  const notice = newPublicId("ntc");
  await change(
    "INSERT INTO notices (public_id, user_id, content, created_at) SELECT ?, id, ?, UTC_TIMESTAMP(3) FROM users WHERE public_id = ?",
    [notice, JSON.stringify(content), id],
  );
  return notice;
}
