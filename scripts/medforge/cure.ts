/** The data folder of an installation that names none. */
export const defaultDataDir = "/var/lib/medforge";

/** Commands in backquotes that need no data folder, or have one already, stay as they are. */
const command = /`(\.\/medforge (?!test)(?![^`]*--data)[^`]*)`/g;

/** Adds `--data DIR` to every command a text names, so that it can be pasted as it stands. */
export function withData(text: string, dir: string): string {
  return dir === defaultDataDir ? text : text.replace(command, `\`$1 --data ${dir}\``);
}
