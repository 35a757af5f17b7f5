/** Stands for what the lab did by itself, in the place of a user name; the brackets make it one that nobody can have. */
export const systemName = "(system)";

/** Workspaces of one name whose entries a search by it finds: in a big lab many are called the same. */
export const mostNamed = 300;
