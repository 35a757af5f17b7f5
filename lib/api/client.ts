import { createORPCClient } from "@orpc/client";
import type { AnyContractRouter } from "@orpc/contract";
import type { JsonifiedClient } from "@orpc/openapi-client";
import { OpenAPILink } from "@orpc/openapi-client/fetch";
import { createTanstackQueryUtils } from "@orpc/tanstack-query";
import contract from "./contract.generated.json";
import { apiPrefix } from "./prefix";
import { type ProblemBody, problemBody, problemContentType } from "./problem-body";
import type { Api } from "./router";

/** What the API answered instead of data; the message is made to be shown. */
class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly problem: ProblemBody) {
    super(problem.detail);
  }
}

/** Turns problem answers into `ApiError` before the link tries to read them as data. */
async function fetchOrProblem(request: Request, init: RequestInit): Promise<Response> {
  const response = await fetch(request, init);
  if (response.ok || !response.headers.get("content-type")?.startsWith(problemContentType)) return response;
  throw new ApiError(problemBody.parse(await response.json()));
}

const link = new OpenAPILink(contract as unknown as AnyContractRouter, {
  url: () => new URL(apiPrefix, window.location.origin).href,
  fetch: fetchOrProblem,
});

/** The API as the browser calls it: same names and types as the server's, over REST with the login cookie. */
const client: JsonifiedClient<Api> = createORPCClient(link);

/** TanStack Query options and keys for every procedure: `api.sessions.list.queryOptions({ input })`. */
export const api = createTanstackQueryUtils(client);
