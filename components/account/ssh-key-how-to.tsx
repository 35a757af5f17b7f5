"use client";

import { useState } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { SegmentedControl } from "@/components/ui/segmented-control";

const systems = ["macos", "linux", "windows"] as const;
type System = (typeof systems)[number];

const labels: Record<System, string> = { macos: "macOS", linux: "Linux", windows: "Windows" };
const terminals: Record<System, string> = {
  macos: "Terminal",
  linux: "a terminal",
  windows: "PowerShell",
};
/** Puts the public half on the clipboard, or on the screen where there is no common clipboard command. */
const showCommands: Record<System, string> = {
  macos: "pbcopy < ~/.ssh/id_ed25519.pub",
  linux: "cat ~/.ssh/id_ed25519.pub",
  windows: 'Get-Content "$env:USERPROFILE\\.ssh\\id_ed25519.pub" | Set-Clipboard',
};
const options = systems.map((value) => ({ value, label: labels[value] }));

/** How to make a key pair and get at its public half, for each operating system. */
export function SshKeyHowTo() {
  const [system, setSystem] = useState<System>("macos");
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium text-sm">No key yet?</h3>
        <SegmentedControl
          label="Operating system"
          value={system}
          onValueChange={setSystem}
          options={options}
        />
      </div>
      <ol className="flex flex-col gap-3 text-muted-foreground text-sm">
        <li className="flex flex-col gap-1">
          <span>
            1. In {terminals[system]}, make a key pair. Press Enter to accept the file name; a passphrase
            protects the key if the computer is stolen.
          </span>
          <CodeBlock code="ssh-keygen -t ed25519" label="ssh-keygen command" />
        </li>
        <li className="flex flex-col gap-1">
          <span>
            2.{" "}
            {system === "linux" ? "Print the public half, select it and copy it." : "Copy the public half."}
          </span>
          <CodeBlock code={showCommands[system]} label="command that gives the public half" />
        </li>
        <li>
          3. Paste it into Public key. The other file, without .pub, is the private key and stays on your
          computer.
        </li>
      </ol>
    </div>
  );
}
