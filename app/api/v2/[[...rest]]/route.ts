import { createApiHandler } from "@/lib/api/handler";
import { webServices } from "@/lib/api/services";

/** Never prerendered: every answer depends on who asks. */
export const dynamic = "force-dynamic";

let handler: ReturnType<typeof createApiHandler> | undefined;

function handle(request: Request): Promise<Response> {
  handler ??= createApiHandler(webServices());
  return handler(request);
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
