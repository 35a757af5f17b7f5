/** What the sign-in pages get from their address: `next`, as whoever made the link claims it. */
export interface AuthPageProps {
  searchParams: Promise<{ next?: string | string[] }>;
}

/** Where a person lands who came for nothing in particular. */
export const homePath = "/home";
const parsingBase = "https://return-path.invalid";
const maxLength = 2_000;

/**
 * The page to go to after signing in. Anything but a path on this origin becomes home, so that a crafted link
 * can't send a fresh login elsewhere; the sign-in pages themselves would only ask again.
 */
export function safeReturnPath(claimed: unknown): string {
  if (typeof claimed !== "string" || claimed.length > maxLength || !claimed.startsWith("/")) return homePath;
  if (!URL.canParse(claimed, parsingBase)) return homePath;
  const url = new URL(claimed, parsingBase);
  // "/.//host" parses to the path "//host", which as a link would name another host.
  if (url.origin !== parsingBase || url.pathname.startsWith("//")) return homePath;
  if (["/", "/login", "/signup"].includes(url.pathname) || url.pathname.startsWith("/api/")) return homePath;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The login page that leads back to `path`. */
export function loginPath(path: string): string {
  const target = safeReturnPath(path);
  return target === homePath ? "/login" : `/login?next=${encodeURIComponent(target)}`;
}
