import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { engineCall, orMissing } from "../docker";
import { toSessionInfos } from "../session/container";
import { installationLabel, readLabels } from "../session/labels";

export async function sessionList(
  context: AgentContext,
  input: VerbInput<"session.list">,
): Promise<VerbResult<"session.list">> {
  const { engine, log } = context;
  const filters = { label: [`${installationLabel}=${input.installationId}`] };
  const containers = await engineCall("Listing containers", engine.listContainers({ all: true, filters }));
  const found = await Promise.all(
    containers.map(async ({ Id }) => {
      const container = engine.getContainer(Id);
      const details = await orMissing("Looking up a container", container.inspect());
      if (details === undefined) return [];
      const labels = readLabels(details.Config.Labels);
      if (labels === null)
        log.warn({ container: details.Name }, "container with this installation's label is no session");
      return labels === null ? [] : [{ container, details, labels }];
    }),
  );
  return { sessions: await toSessionInfos(found.flat()) };
}
