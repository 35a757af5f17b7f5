import { AgentError } from "@/lib/agent-protocol/verbs";
import { sessionBaseImage } from "./image/inputs";

/** The images that a session may run; a caller chooses by pack slug and can't name an image. */
const imageByPack: ReadonlyMap<string, string> = new Map([["base", sessionBaseImage]]);

/** Every image that must be in the engine. */
export const packImages: readonly string[] = [...imageByPack.values()];

/** @throws AgentError `no_such_pack`. */
export function imageOfPack(pack: string): string {
  const image = imageByPack.get(pack);
  if (image === undefined) {
    throw new AgentError(
      "no_such_pack",
      `Pack ${pack} is unknown to this host; it has ${[...imageByPack.keys()].join(", ")}`,
    );
  }
  return image;
}
