import { expect, it } from "vitest";
import { diskWarning } from "./disk-warning";
import { spaceUse } from "./size";

const gb = 1024 ** 3;
const workspace = (usedGb: number | null) => ({
  name: "ct",
  quotaGb: 50,
  usedBytes: usedGb === null ? null : usedGb * gb,
});

it("says nothing of what has room or was never measured", () => {
  expect(diskWarning(workspace(39), null)).toBeNull();
  expect(diskWarning(workspace(null), spaceUse({ totalBytes: 100 * gb, spaceBytes: 150 * gb }))).toBeNull();
});

it("warns at 80 %, urgently at 95 %", () => {
  expect(diskWarning(workspace(40), null)).toMatchObject({
    tone: "warn",
    title: "Workspace ct is 80 % full",
    text: expect.stringMatching(/^It holds 40 GB of 50 GB\./),
  });
  expect(diskWarning(workspace(47.5), null)).toMatchObject({ tone: "bad" });
});

it("warns of snapshots when the files alone have room", () => {
  const space = spaceUse({ totalBytes: 145 * gb, spaceBytes: 150 * gb });
  expect(diskWarning(workspace(1), space)).toMatchObject({
    tone: "bad",
    title: "Workspace ct with its snapshots is 96 % full",
    // Whoever is told to delete files would find that nothing helps.
    text: expect.stringMatching(/Deleting files frees nothing .*: delete snapshots/),
  });
});
