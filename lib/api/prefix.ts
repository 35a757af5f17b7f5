/** Where the API lives; on its own, so that the browser can know it without the server's code. */
export const apiPrefix = "/api/v2";
