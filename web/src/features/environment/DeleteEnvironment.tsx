import { Skeleton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { type Environment, type Group, version } from "./queries";
import { t } from "./text";

/** Says what goes with an environment, as the server's dry run tells it, before it is deleted. */
export function DeleteEnvironment({
  environment: e,
  opened,
  onClose,
  onDone,
}: {
  environment: Pick<Environment, "id" | "name" | "key" | "version">;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const call = (dryRun: boolean) =>
    ok(
      api.DELETE("/api/v1/environments/{id}", {
        // What was shown as the consequences is confirmed by the act itself.
        params: { path: { id: e.id }, query: dryRun ? { dryRun } : { confirm: true }, ...version(e.version) },
      }),
    );
  return (
    <Deletion
      kind="environment"
      id={e.id}
      version={e.version}
      name={e.name}
      word={e.key}
      call={call}
      opened={opened}
      onClose={onClose}
      onDone={onDone}
    />
  );
}

/** The same for a group; its environments stay. */
export function DeleteGroup({
  group: g,
  opened,
  onClose,
  onDone,
}: {
  group: Pick<Group, "id" | "name" | "version">;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const call = (dryRun: boolean) =>
    ok(
      api.DELETE("/api/v1/environment-groups/{id}", {
        params: { path: { id: g.id }, query: dryRun ? { dryRun } : { confirm: true }, ...version(g.version) },
      }),
    );
  return (
    <Deletion
      kind="environment_group"
      id={g.id}
      version={g.version}
      name={g.name}
      call={call}
      opened={opened}
      onClose={onClose}
      onDone={onDone}
    />
  );
}

function Deletion({
  kind,
  id,
  version: v,
  name,
  word,
  call,
  opened,
  onClose,
  onDone,
}: {
  kind: "environment" | "environment_group";
  id: string;
  version: number;
  name: string;
  word?: string;
  call: (dryRun: boolean) => Promise<{ consequences: { kind: string; message: string; blocking: boolean }[] }>;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ["consequences", `delete ${kind}`, id, v],
    queryFn: () => call(true),
    enabled: opened,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const consequences = preview.data?.consequences ?? [];
  const blocked = consequences.some((c) => c.blocking);
  // Only what reaches beyond the record itself is grave enough to have its key typed.
  const grave = consequences.some(
    (c) => !["members_removed", "members_released", "connections_removed"].includes(c.kind),
  );
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t("deleteTitle", { name })}
      body={
        blocked
          ? t("deleteBlocked")
          : consequences.length
            ? t("deleteBody")
            : preview.data
              ? t("deletePlain")
              : undefined
      }
      consequences={consequences.map((c) => c.message)}
      verb={t("delete")}
      danger
      word={grave && !blocked ? word : undefined}
      disabled={!preview.data || blocked}
      onConfirm={async () => {
        await call(false);
        onDone();
        notifications.show({ message: t("deleted", { name }) });
        await Promise.all([
          client.invalidateQueries({ queryKey: keys.list("environment") }),
          client.invalidateQueries({ queryKey: keys.list("environment_group") }),
        ]);
        void client.invalidateQueries({ queryKey: ["environment_map"] });
      }}
    >
      {preview.isPending && <Skeleton h={16} w="70%" />}
      {preview.isError && <ProblemAlert error={preview.error} />}
    </ConfirmDialog>
  );
}
