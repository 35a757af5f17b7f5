import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { apiPrefix } from "@/lib/api/prefix";

export interface ExportLinkProps {
  what: "users" | "gpus" | "sessions" | "audit";
  /** The page's filters: the file has what the page shows, all of it. */
  filter?: Readonly<Record<string, string | undefined>>;
}

/** The list as a CSV file; taking it is written to the audit log. */
export function ExportLink({ what, filter = {} }: ExportLinkProps) {
  const given = Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const query = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  return (
    <Button asChild size="sm">
      <a href={`${apiPrefix}/admin/${what}.csv${query}`} download>
        <Download aria-hidden />
        Export CSV
      </a>
    </Button>
  );
}
