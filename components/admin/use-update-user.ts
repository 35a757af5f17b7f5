"use client";

import { useQueryClient } from "@tanstack/react-query";
import { updateUser } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import { api } from "@/lib/api/client";

/** Changes a user and refreshes the list before it answers, so that a cell never shows the old value again. */
export function useUpdateUser() {
  const queryClient = useQueryClient();
  return async (input: Parameters<typeof updateUser>[0]) => {
    const result = await called(() => updateUser(input));
    if (result.ok) await queryClient.invalidateQueries({ queryKey: api.admin.users.key() });
    return result;
  };
}
