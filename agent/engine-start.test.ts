import { expect, it } from "vitest";
import { listeningInode } from "./engine-start";
import { startTicks } from "./proc";

it("finds the inode of the socket that listens, not of those connected to it", () => {
  const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000003 00000000 00000000 0001 03 111 /run/docker.sock
0000000000000000: 00000002 00000000 00010000 0001 01 222 /run/docker.sock
0000000000000000: 00000002 00000000 00010000 0001 01 333 /run/docker.sock2
`;
  expect(listeningInode(text, "/run/docker.sock")).toBe("222");
  expect(listeningInode(text, "/run/other.sock")).toBeUndefined();
});

it("reads the start time of a process whose name holds blanks and parentheses", () => {
  const rest = Array.from({ length: 49 }, (_, index) => String(index + 3)).join(" ");
  expect(startTicks(`42 (a) b (c)) ${rest}`)).toBe(22);
});
