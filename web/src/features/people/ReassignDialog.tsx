import { Button, Group, List, Modal, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import type { Person } from "./queries";
import { t } from "./text";

type Scope = "open" | "future" | "all";

/** Moves a leaver's work to somebody else; the server says beforehand what would move. */
export function ReassignDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const client = useQueryClient();
  const [to, setTo] = useState<{ id: string; name: string }>();
  const [scope, setScope] = useState<Scope>("open");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (dryRun: boolean) =>
    ok(
      api.POST("/api/v1/persons/{id}/reassignments", {
        params: { path: { id: person.id }, query: { dryRun } },
        body: { toPersonId: to?.id ?? "", scope },
      }),
    );
  const preview = useQuery({
    queryKey: ["person", "one", person.id, "reassign", to?.id, scope],
    queryFn: () => send(true),
    enabled: Boolean(to) && to?.id !== person.id,
    staleTime: 0,
  });
  const moved = preview.data?.moved ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("persons.reassignTitle", { name: person.name })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <RemotePicker
          label={t("persons.reassignTo")}
          source={personPicker}
          value={to?.id}
          onChange={(id, name) => setTo(id ? { id, name: name ?? "" } : undefined)}
          data-autofocus
        />
        <Radio.Group label={t("persons.reassignScope")} value={scope} onChange={(v) => setScope(v as Scope)}>
          <Stack gap={6} mt={4}>
            {(["open", "future", "all"] as const).map((s) => (
              <Radio key={s} value={s} label={t(`persons.scopes.${s}`)} />
            ))}
          </Stack>
        </Radio.Group>
        {to && (
          <div aria-live="polite">
            <Text size="sm" fw={600}>
              {t("persons.reassignPreview")}
            </Text>
            {preview.isPending ? (
              <Skeleton h={16} mt={6} w="70%" />
            ) : preview.isError ? (
              <ProblemAlert error={preview.error} onRetry={() => void preview.refetch()} />
            ) : moved.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t("persons.reassignNothing", { name: person.name })}
              </Text>
            ) : (
              <List size="sm">
                {moved.map((m) => (
                  <List.Item key={m}>{m}</List.Item>
                ))}
              </List>
            )}
          </div>
        )}
        {error !== undefined && <ProblemAlert error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            disabled={!to || !preview.isSuccess}
            loading={busy}
            onClick={async () => {
              setBusy(true);
              setError(undefined);
              try {
                await send(false);
                await client.invalidateQueries();
                notifications.show({ message: t("persons.reassignDone", { from: person.name, to: to?.name }) });
                onClose();
              } catch (e) {
                setError(e);
              } finally {
                setBusy(false);
              }
            }}
          >
            {t("persons.reassign")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
