/** As many as one answer holds, and more than a person is let run at once. */
export const homeActiveLimit = 200;
/** Enough for a day's failures; what is active is asked for by itself. */
export const homeSessionsLimit = 50;
/** All of a person's workspaces, for the launch form's choice. */
export const homeWorkspacesLimit = 200;
/** Steps of a timeline at a time: most sessions' whole life. */
export const timelinePageSize = 200;
/** Sessions that are to start by themselves: who plans more sees the rest as the first have gone. */
export const homePlannedLimit = 100;
