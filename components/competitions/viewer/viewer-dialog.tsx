"use client";

import { Download } from "lucide-react";
import dynamic from "next/dynamic";
import type { ComponentType } from "react";
import { useReturnFocus } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { size } from "@/lib/kernel/size";
import { type FileKind, kindOf } from "./kinds";
import type { ViewerProps } from "./viewer-props";
import { Drawing } from "./viewer-state";

const loading = () => <Drawing />;

/** Each comes when somebody first looks at a file of its kind. */
const viewers: Record<FileKind, ComponentType<ViewerProps>> = {
  volume: dynamic(() => import("./volume-viewer").then((module) => module.VolumeViewer), {
    ssr: false,
    loading,
  }),
  image: dynamic(() => import("./image-viewer").then((module) => module.ImageViewer), {
    ssr: false,
    loading,
  }),
  table: dynamic(() => import("./table-viewer").then((module) => module.TableViewer), {
    ssr: false,
    loading,
  }),
};

/** A look at a file of the data set, over the page that lists them. */
export function ViewerDialog({ onClose, ...props }: ViewerProps & { onClose: () => void }) {
  const { name, files, pathOf } = props;
  const returnFocus = useReturnFocus();
  const kind = kindOf(name);
  const file = files.find((one) => one.name === name);
  if (kind === null || !file) return null;
  const Viewer = viewers[kind];
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent
        title={<span className="wrap-anywhere font-mono text-sm">{name}</span>}
        description={
          <span className="inline-flex items-center gap-2">
            {size(file.bytes)}
            <Button asChild size="sm" variant="ghost">
              <a href={pathOf(name)} download={name.slice(name.lastIndexOf("/") + 1)}>
                <Download aria-hidden />
                Download
              </a>
            </Button>
          </span>
        }
        className="sm:max-w-[min(72rem,calc(100vw-3rem))]"
        {...returnFocus}
      >
        <DialogBody>
          <Viewer key={kind === "image" ? kind : name} {...props} />
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}
