import type { VerbInput, VerbName } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "./context";
import { disclosed } from "./disclose";
import type { Dispatch } from "./server";
import { handlers } from "./verbs";

/**
 * Ties the verbs to their context. The server has validated `input` against the schema its handler's type is from.
 * Failures come out fit for a timeline, with the original as their cause.
 */
export function createDispatch(context: AgentContext): Dispatch {
  return async <Name extends VerbName>(verb: Name, input: unknown) => {
    try {
      return await handlers[verb](context, input as VerbInput<Name>);
    } catch (cause) {
      throw disclosed(cause, context.env.MEDFORGE_ZFS_PARENT);
    }
  };
}
