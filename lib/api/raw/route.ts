import type { OpenAPI } from "@orpc/openapi";
import type { SignedInContext } from "@/lib/auth/procedure";
import type { StorePlace } from "@/lib/competitions/store/intake";
import type { Kept } from "@/lib/competitions/store/kept";
import type { Surface } from "@/lib/kernel/surface";
import type { ApiRoute } from "../routes";
import type { PartialUploads } from "./partial-uploads";
import type { Turns } from "./turns";

/** What the routes share that one process has: made once for each handler. */
export interface RawParts extends StorePlace {
  readonly kept: Kept;
  readonly partial: PartialUploads;
  /** Looks for uploaded folders that wait to be read. */
  readonly lookForImports: () => void;
  /** How many uploads somebody has on the way. */
  readonly turns: Turns;
  /** How many refused bodies of somebody's are still read. */
  readonly drains: Turns;
}

export interface RawCall {
  readonly context: SignedInContext;
  readonly request: Request;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly parts: RawParts;
}

/**
 * A route whose request or answer is no JSON, and so is no procedure: it takes or gives bytes as they come. Who may call
 * it, origin and surface are looked at before; what is thrown becomes the same problem as a procedure's.
 */
export interface RawRoute extends ApiRoute {
  readonly surface: Surface | null;
  /** For the specification; security and failures are added as for procedures. */
  readonly description: OpenAPI.OperationObject;
  handle(call: RawCall): Promise<Response>;
}
