/** Enough for everything active and a day's failures. */
export const homeSessionsLimit = 50;
/** All of a person's workspaces, for the launch form's choice. */
export const homeWorkspacesLimit = 200;
/** More steps than a session goes through in its life; the longest timeline is one of restarts. */
export const timelineLimit = 200;
