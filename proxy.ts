import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy } from "@/lib/kernel/content-security-policy";
import { isDevelopment, ownHosts } from "@/lib/kernel/env/mode";

/** Of every page: nobody sniffs, frames or gets a referrer, and no page asks for a device. */
const pageHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
} as const;

/**
 * Gives each page request a CSP with a fresh nonce, and tells the page its own path, which a layout can't
 * know otherwise. Decides nothing about who may see what: pages and procedures do.
 */
export function proxy(request: NextRequest): NextResponse {
  // Where an action redirects to, Next would render by asking itself. Host decides the surface, and this one is neither's:
  // refused, it leaves the redirect to the browser.
  if (ownHosts().includes(request.headers.get("host") ?? "")) return new NextResponse(null, { status: 421 });
  const nonce = randomBytes(18).toString("base64");
  const policy = contentSecurityPolicy({ nonce, development: isDevelopment() });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from the request's policy header.
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  headers.set("x-medforge-path", `${request.nextUrl.pathname}${request.nextUrl.search}`);

  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of Object.entries(pageHeaders)) response.headers.set(name, value);
  return response;
}

/** Pages only. The API sets its own headers and streams bodies that the proxy would cut at 10 MB. */
export const config = { matcher: ["/((?!api/|_next/static/|_next/image|icon.svg).*)"] };
