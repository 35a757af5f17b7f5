import { createORPCClient } from "@orpc/client";
import type { JsonifiedClient } from "@orpc/openapi-client";
import { createTanstackQueryUtils } from "@orpc/tanstack-query";
import { restLink } from "./link";
import type { Api } from "./router";

/** The API as the browser calls it: same names and types as the server's, over REST with the login cookie. */
const client: JsonifiedClient<Api> = createORPCClient(restLink);

/** TanStack Query options and keys for every procedure: `api.sessions.list.queryOptions({ input })`. */
export const api = createTanstackQueryUtils(client);
