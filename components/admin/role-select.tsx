"use client";

import { Suspense, useState } from "react";
import { LazyConfirmDialog } from "@/components/forms/confirm-action";
import { Select } from "@/components/ui/select";
import type { Role, UserView } from "@/lib/auth/model";
import { useUpdateUser } from "./use-update-user";

const words: Record<Role, string> = { user: "User", admin: "Admin" };

const consequences: Record<Role, string> = {
  admin: "Admins see everybody's sessions, can stop them, and can change any account, this one included.",
  user: "They keep their own sessions and workspaces, and lose sight of everybody else's.",
};

/** The role, changed after a confirmation. */
export function RoleSelect({ user }: { user: UserView }) {
  const [wanted, setWanted] = useState<Role | null>(null);
  const [asking, setAsking] = useState(false);
  const update = useUpdateUser();
  return (
    <>
      <Select
        aria-label={`Role of ${user.username}`}
        className="h-7 w-24"
        value={user.role}
        onValueChange={(value) => {
          setWanted(value === "admin" ? "admin" : "user");
          setAsking(true);
        }}
      >
        <option value="user">{words.user}</option>
        <option value="admin">{words.admin}</option>
      </Select>
      <Suspense fallback={null}>
        {wanted ? (
          <LazyConfirmDialog
            open={asking}
            onOpenChange={setAsking}
            title={
              wanted === "admin"
                ? `Make ${user.username} an admin?`
                : `Take the admin role from ${user.username}?`
            }
            description={consequences[wanted]}
            confirm={wanted === "admin" ? "Make admin" : "Take it"}
            cancel="Leave as it is"
            tone={wanted === "admin" ? "primary" : "danger"}
            act={() => update({ id: user.id, role: wanted })}
          />
        ) : null}
      </Suspense>
    </>
  );
}
