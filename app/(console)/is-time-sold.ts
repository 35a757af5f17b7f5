import "server-only";
import { getServerApi } from "@/lib/api/server";

/** Whether hours of any GPU are sold rather than given to whoever launches first. */
export async function isTimeSold(): Promise<boolean> {
  const api = await getServerApi();
  return (await api.gpus.list()).data.some(({ mode }) => mode !== "on-demand");
}
