"use client";

import { useState } from "react";
import { addSshKey } from "@/app/(console)/settings/actions";
import { called } from "@/components/forms/called";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast-store";
import { keyComment, looksLikePrivateKey, privateKeyWarning } from "./private-key";

/** Adds a public key. A private key is cleared from the page before it can be sent. */
export function AddSshKeyForm() {
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const [publicKey, setPublicKey] = useState("");
  const [name, setName] = useState("");
  const [refused, setRefused] = useState(false);

  const add = async () => {
    const result = await called(() => addSshKey({ name, publicKey }));
    setProblem(result.ok ? null : result.problem);
    if (!result.ok) return;
    setPublicKey("");
    setName("");
    toast.success(`SSH key ${result.data.name} added`, { description: result.data.fingerprint });
  };

  const paste = (text: string) => {
    const secret = looksLikePrivateKey(text);
    setRefused(secret);
    setPublicKey(secret ? "" : text);
    if (!secret && name === "") setName(keyComment(text).slice(0, 64));
  };
  const errors = problem?.errors ?? {};
  return (
    <form action={add} noValidate className="flex flex-col gap-4">
      <ProblemNotice problem={problem} fields={["name", "publicKey"]} />
      <Field
        label="Public key"
        hint="One line that begins with ssh-ed25519, ecdsa-sha2-…, sk-… or ssh-rsa (3072 bits or more)."
        error={refused ? privateKeyWarning : errors.publicKey}
      >
        {(control) => (
          <Textarea
            {...control}
            name="publicKey"
            rows={3}
            value={publicKey}
            onChange={(event) => paste(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="none"
            className="break-all font-mono text-xs"
            required
          />
        )}
      </Field>
      <div className="flex flex-wrap items-start gap-3">
        <Field label="Name" hint="Which computer it is on." error={errors.name} className="w-full sm:w-72">
          {(control) => (
            <Input
              {...control}
              name="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
              maxLength={64}
              autoComplete="off"
              required
            />
          )}
        </Field>
        <SubmitButton className="sm:mt-6.5">Add key</SubmitButton>
      </div>
    </form>
  );
}
