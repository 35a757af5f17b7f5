"use client";

import { useActionState, useEffect, useRef, useState } from "react";
import { addSshKey } from "@/app/(console)/settings/actions";
import { untouched } from "@/components/forms/form-state";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast-store";
import { keyComment, looksLikePrivateKey } from "./private-key";

const privateKeyWarning =
  "That is a private key. It was not sent and has been cleared. Paste the public half, the file that ends in .pub; if anyone else could have seen the private one, make a new pair.";

/** Adds a public key. A private key is cleared from the page before it can be sent. */
export function AddSshKeyForm() {
  const [state, action] = useActionState(addSshKey, untouched);
  const [publicKey, setPublicKey] = useState("");
  const [name, setName] = useState("");
  const [refused, setRefused] = useState(false);
  const keyField = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (!state.data) return;
    setPublicKey("");
    setName("");
    toast.success(`SSH key ${state.data.name} added`, { description: state.data.fingerprint });
  }, [state.data]);

  const paste = (text: string) => {
    const secret = looksLikePrivateKey(text);
    setRefused(secret);
    setPublicKey(secret ? "" : text);
    if (!secret && name === "") setName(keyComment(text).slice(0, 64));
  };
  const errors = state.problem?.errors ?? {};
  return (
    <form action={action} noValidate className="flex flex-col gap-4">
      <ProblemNotice problem={state.problem} fields={["name", "publicKey"]} />
      <Field
        label="Public key"
        hint="One line that begins with ssh-ed25519, ecdsa-sha2-…, sk-… or ssh-rsa (3072 bits or more)."
        error={refused ? privateKeyWarning : errors.publicKey}
      >
        {(control) => (
          <Textarea
            {...control}
            ref={keyField}
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
