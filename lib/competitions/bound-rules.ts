// Apart from the models: a page that asks for a bound must not load all their schemas.

/** As many of a board's best have intervals. */
export const placesWithIntervals = 200;

/** Largest zip of a folder that is brought in by the browser, in bytes; what is larger is brought in on the host. */
export const maxImportBytes = 16 * 2 ** 30;
