"use client";

import { useEffect, useRef, useState } from "react";
import { looksLikePrivateKey, privateKeyWarning } from "@/components/account/private-key";
import { SshKeyHowTo } from "@/components/account/ssh-key-how-to";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";

export interface KeyPromptProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  busy: boolean;
  onCancel: () => void;
}

/** Asked of who has no SSH key yet, where they pressed Launch; submits with the launch form around it. */
export function KeyPrompt({ value, onChange, error, busy, onCancel }: KeyPromptProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const [refused, setRefused] = useState(false);
  useEffect(() => input.current?.focus(), []);
  const paste = (text: string) => {
    const secret = looksLikePrivateKey(text);
    setRefused(secret);
    onChange(secret ? "" : text);
  };
  return (
    <div className="flex flex-col gap-3 border-border border-t pt-4">
      <Field
        label="First, your SSH public key"
        hint="One line that begins with ssh-ed25519, ecdsa-…, sk-… or ssh-rsa. Never the private key."
        error={refused ? privateKeyWarning : error}
      >
        {(control) => (
          <Textarea
            {...control}
            ref={input}
            rows={4}
            required
            value={value}
            onChange={(event) => paste(event.target.value)}
            placeholder="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5… you@laptop"
            spellCheck={false}
            autoComplete="off"
            className="break-all font-mono text-xs"
          />
        )}
      </Field>
      <details className="text-sm">
        <summary className="focus-ring cursor-default rounded-sm text-muted-foreground">
          How to get one
        </summary>
        <div className="mt-3">
          <SshKeyHowTo />
        </div>
      </details>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" busy={busy} className="flex-1">
          {busy ? "Launching" : "Add key and launch"}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </div>
  );
}
