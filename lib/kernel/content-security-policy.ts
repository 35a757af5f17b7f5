export interface PolicyOptions {
  /** Base64, fresh for each response. */
  nonce: string;
  /** Hot reload evaluates code and inserts styles without a nonce. */
  development: boolean;
}

/**
 * The Content-Security-Policy of a page. Scripts run by nonce alone. Style elements need the nonce too; style
 * attributes are let through because server-rendered Radix primitives carry some, and they can load nothing
 * that `img-src` and `font-src` don't allow.
 */
export function contentSecurityPolicy({ nonce, development }: PolicyOptions): string {
  const script = [
    "'self'",
    `'nonce-${nonce}'`,
    "'strict-dynamic'",
    ...(development ? ["'unsafe-eval'"] : []),
  ];
  const style = development ? ["'self'", "'unsafe-inline'"] : ["'self'", `'nonce-${nonce}'`];
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'none'"],
    "script-src": script,
    "style-src": style,
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}
