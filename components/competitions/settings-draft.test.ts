import { expect, it } from "vitest";
import { changedSettings } from "./settings-draft";

const there = {
  title: "A",
  summary: "s",
  visibility: "public",
  dailyLimit: "5",
  totalLimit: "",
  maxUploadMb: "100",
  showsPublicTruth: "no",
  opensAt: "",
  closesAt: "2026-11-25T12:00",
  description: "",
  rules: "",
};
const zone = "America/New_York";

it("sends what was changed and nothing else", () => {
  expect(changedSettings({ title: "A", summary: "other" }, there, zone)).toEqual({ summary: "other" });
  expect(changedSettings({}, there, zone)).toEqual({});
});

it("takes an empty limit for none, megabytes for bytes, and the lab's clocks for instants", () => {
  expect(
    changedSettings(
      {
        dailyLimit: "",
        maxUploadMb: "0.5",
        showsPublicTruth: "yes",
        opensAt: "2026-07-01T09:30",
        closesAt: "",
      },
      there,
      zone,
    ),
  ).toEqual({
    dailyLimit: null,
    maxUploadBytes: 524_288,
    showsPublicTruth: true,
    opensAt: "2026-07-01T13:30:00.000Z",
    closesAt: null,
  });
});

it("leaves a date that is none to be refused by its field", () => {
  expect(changedSettings({ opensAt: "2026-13-01T09:30" }, there, zone)).toEqual({
    opensAt: "2026-13-01T09:30",
  });
});
