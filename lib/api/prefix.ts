// On their own, so that the browser can know them without the server's code.

/** Where the API lives. */
export const apiPrefix = "/api/v2";

/** On every answer of web's: what Caddy answers in its place has none. */
export const requestIdHeader = "x-request-id";
