/** What a hostile job's descendants sleep, in seconds: long, and told by it from any other. */
export const lingering = "301.25";
