import type { DatasetVersionView } from "@/lib/competitions/model";

export interface ViewerProps {
  /** Which file is looked at. */
  name: string;
  files: DatasetVersionView["files"];
  pathOf: (name: string) => string;
  /** What labels of volumes are called, by value. */
  labelNames: Readonly<Record<string, string>>;
  /** Goes to another file. */
  onView: (name: string) => void;
}
