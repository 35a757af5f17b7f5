/** Who may call: anyone, any signed-in user, a person at a browser but no token, admins, these at a browser, a monitor. */
export type Access = "public" | "user" | "interactive" | "admin" | "interactiveAdmin" | "monitor";

export interface Target {
  params?: Record<string, string>;
  body?: unknown;
}

export interface Row {
  access: Access;
  /** What its owner, or whoever may call it, is answered. */
  ok: number;
  /** What another user is answered: the thing has an owner, or needs a grant that they lack. */
  other?: 403 | 404;
  /** What an admin is answered about someone else's thing. */
  admin?: number;
  /** A fresh target of ana's, so that each caller meets the same. */
  target?: () => Promise<Target> | Target;
}
