/**
 * So long before the hours end that somebody holds of a GPU it is cleared, so that the next holder finds it free. seconds.
 * Apart from the other models, since pages need it without zod.
 */
export const leaveSeconds = 60;
