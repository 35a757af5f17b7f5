import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { apiPrefix } from "@/lib/api/prefix";

/** The lab's records as a file; taking it is written to the audit log. */
export function BackupPanel() {
  return (
    <Panel
      title="Records"
      description="People, GPUs, sessions, competitions, GPU time and the ledger as one JSON file, as they are at one moment. Passwords, tokens and people's files are not in it."
      className="max-w-3xl"
    >
      <Button asChild>
        <a href={`${apiPrefix}/admin/export-all`} download>
          <Download aria-hidden />
          Export everything
        </a>
      </Button>
    </Panel>
  );
}
