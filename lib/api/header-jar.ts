import type { CookieJar } from "@/lib/auth/procedure";

/** Collects Set-Cookie headers; the cookies are never readable by scripts nor sent along from other sites' forms. */
export class HeaderJar implements CookieJar {
  readonly lines: string[] = [];

  set(name: string, value: string, { expires, path, secure }: Parameters<CookieJar["set"]>[2]): void {
    const flags = `${secure ? "; Secure" : ""}; HttpOnly; SameSite=Lax`;
    this.lines.push(`${name}=${value}; Path=${path}; Expires=${expires.toUTCString()}${flags}`);
  }
}
