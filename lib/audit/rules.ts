/** Stands for what the lab did by itself, in the place of a user name; the brackets make it one that nobody can have. */
export const systemName = "(system)";
