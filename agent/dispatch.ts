import type { VerbInput, VerbName } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "./context";
import type { Dispatch } from "./server";
import { handlers } from "./verbs";

/** Ties the verbs to their context. The server has validated `input` against the schema its handler's type is from. */
export function createDispatch(context: AgentContext): Dispatch {
  return <Name extends VerbName>(verb: Name, input: unknown) =>
    handlers[verb](context, input as VerbInput<Name>);
}
