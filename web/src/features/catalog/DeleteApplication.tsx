import { Skeleton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { type Application, version } from "./queries";
import { t } from "./text";

/** Says what goes with an application, as the server's dry run tells it, before it is deleted. */
export function DeleteApplication({
  application: a,
  opened,
  onClose,
  onDone,
}: {
  application: Application;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const call = (dryRun: boolean) =>
    ok(
      api.DELETE("/api/v1/applications/{id}", {
        params: { path: { id: a.id }, query: { dryRun }, ...version(a.version) },
      }),
    );
  const preview = useQuery({
    queryKey: ["consequences", "delete application", a.id, a.version],
    queryFn: () => call(true),
    enabled: opened,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const consequences = preview.data?.consequences ?? [];
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t("deleteTitle", { name: a.name })}
      body={consequences.length ? t("deleteBody") : undefined}
      consequences={consequences.map((c) => c.message)}
      verb={t("delete")}
      danger
      disabled={!preview.data || consequences.some((c) => c.blocking)}
      onConfirm={async () => {
        await call(false);
        onDone();
        notifications.show({ message: t("deleted", { name: a.name }) });
        await client.invalidateQueries({ queryKey: keys.list("application") });
        void client.invalidateQueries({ queryKey: ["map"] });
      }}
    >
      {preview.isPending && <Skeleton h={16} w="70%" />}
      {preview.isError && <ProblemAlert error={preview.error} />}
    </ConfirmDialog>
  );
}
