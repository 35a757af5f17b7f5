"use client";

import { Download, Eye } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useSurface } from "@/components/surface/surface-provider";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import {
  Table,
  TableActions,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import type { DatasetVersionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import { datasetFilePath } from "./paths";
import { kindOf, tablesFirst } from "./viewer/kinds";

/** Comes when somebody first looks at a file. */
const ViewerDialog = dynamic(() => import("./viewer/viewer-dialog").then((module) => module.ViewerDialog), {
  ssr: false,
});

/** Folders of images have thousands: nobody reads them all, and the browser need not draw them. */
const filesAtATime = 100;
/** So few are all in sight. */
const fewFiles = 12;

/** The files of a dataset's version, each with the digest that its download must have. */
export function DataFiles({
  dataset,
  labelNames,
}: {
  dataset: Pick<DatasetVersionView, "number" | "slug" | "files">;
  /** What labels of volumes are called, by value. */
  labelNames: Readonly<Record<string, string>>;
}) {
  const { surface } = useSurface();
  const [shown, setShown] = useState(filesAtATime);
  const [viewed, setViewed] = useState<string | null>(null);
  const [filter, setFilter] = useState("");
  const { files } = dataset;
  const wanted = filter.trim().toLowerCase();
  const listed = tablesFirst(files).filter(({ name }) => name.toLowerCase().includes(wanted));
  if (files.length === 0) {
    return <EmptyState title="No files">This version of the dataset has none; its source may.</EmptyState>;
  }
  return (
    <>
      {files.length > fewFiles ? (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-border border-b px-4 py-2">
          <Input
            type="search"
            aria-label="Filter by name"
            placeholder="Filter by name"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            className="w-64 max-w-full"
          />
          <span role="status" className="text-muted-foreground text-xs tabular-nums">
            {wanted === "" ? `${files.length} files` : `${listed.length} of ${files.length} files`}
          </span>
        </div>
      ) : null}
      <Table aria-label="Files">
        <TableHeader>
          <tr>
            <TableHead>File</TableHead>
            <TableHead numeric className="max-sm:hidden">
              Size
            </TableHead>
            <TableHead className="max-md:hidden">SHA-256</TableHead>
            <TableHead>
              <span className="sr-only">Actions</span>
            </TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {listed.slice(0, shown).map(({ name, bytes, sha256 }) => (
            <TableRow key={name}>
              <TableCell className="font-mono text-xs">
                <span className="wrap-anywhere">{name}</span>
                <TableSecondLine className="md:hidden">
                  <span className="sm:hidden">{size(bytes)} · </span>
                  <span title={sha256}>{sha256.slice(0, 12)}…</span>
                </TableSecondLine>
              </TableCell>
              <TableCell
                numeric
                className="whitespace-nowrap font-mono text-xs max-sm:hidden"
                title={`${bytes} bytes`}
              >
                {size(bytes)}
              </TableCell>
              <TableCell className="max-md:hidden">
                <span
                  className="block max-w-72 truncate font-mono text-muted-foreground text-xs lg:max-w-md"
                  title={sha256}
                >
                  {sha256}
                </span>
              </TableCell>
              <TableActions>
                <span className="inline-flex items-center gap-1">
                  {kindOf(name) === null ? null : (
                    <Button size="sm" onClick={() => setViewed(name)} aria-label={`View ${name}`}>
                      <Eye aria-hidden />
                      <span className="max-sm:sr-only">View</span>
                    </Button>
                  )}
                  <CopyButton text={sha256} label={`Copy the SHA-256 of ${name}`} />
                  <Button asChild size="sm">
                    <a
                      href={datasetFilePath(surface, dataset, name)}
                      download={name.slice(name.lastIndexOf("/") + 1)}
                      aria-label={`Download ${name}`}
                    >
                      <Download aria-hidden />
                      <span className="max-sm:sr-only">Download</span>
                    </a>
                  </Button>
                </span>
              </TableActions>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {listed.length > shown ? (
        <div className="flex min-h-11 items-center justify-between gap-4 border-border border-t px-4 py-2 text-muted-foreground text-xs">
          <span className="tabular-nums">
            {shown} of {listed.length} files shown
          </span>
          <Button size="sm" onClick={() => setShown(shown + filesAtATime)}>
            Show more
          </Button>
        </div>
      ) : null}
      {viewed === null ? null : (
        <ViewerDialog
          name={viewed}
          files={files}
          pathOf={(name) => datasetFilePath(surface, dataset, name)}
          labelNames={labelNames}
          onView={setViewed}
          onClose={() => setViewed(null)}
        />
      )}
    </>
  );
}
