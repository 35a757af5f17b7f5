/** Largest request body, in bytes: the longest legal one is an SSH key of 16 KiB. Uploads get routes of their own. */
export const maxBodyBytes = 1024 * 1024;

/** How long one file may take to arrive in one go, in ms: 2 GB over a line of 1 Mbit/s. What breaks off is sent in parts. */
export const longestUploadMs = 6 * 3_600_000;

/** Connections to MariaDB per web process: more than argon2's four threads and the pages of a busy lab need. */
export const webPoolSize = 20;

/** How often the shared poller reads `changes` while anyone listens, in ms: below what a person calls a delay. */
export const livePollMs = 300;
/**
 * How far back each poll reads, in ms. A row carries the time of its insert but shows at its commit: longer than any
 * transaction waits for a lock (5 s) with room for a retry.
 */
export const liveOverlapMs = 15_000;
/** A comment this often keeps proxies from closing a quiet stream, in ms. */
export const liveKeepAliveMs = 15_000;
/** A stream ends after this long, in ms; the browser reconnects and is authenticated again. */
export const liveMaxAgeMs = 10 * 60_000;
/** Streams one user may hold open on one process: a generous number of tabs. */
export const liveStreamsPerUser = 40;
/** Changes a slow listener may fall behind; beyond it the stream ends and its page refetches on reconnect. */
export const liveBacklog = 500;

/** Rows that an export reads at a time: few enough to hold, many enough not to wait for the database at each. */
export const exportPageSize = 500;

/** How long the reader of a file that is made as they read may want nothing before they are taken to be gone, in ms. */
export const longestStandstillMs = 5 * 60_000;
