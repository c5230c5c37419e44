import { Button, Group, Modal, Select, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { Refusal } from "./DryRun";
import { intents } from "./LineFields";
import { Consequences, Span } from "./Marks";
import { type ChangeRequest, useRefresh, version } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

/** Books the environments of a change request for its time. */
export function BookDialog({ request: r, onClose }: { request: ChangeRequest; onClose: () => void }) {
  useFocusBack();
  const refresh = useRefresh("environment_change_request");
  const [intent, setIntent] = useState<(typeof intents)[number]>("change_configuration");
  const [onClash, setOnClash] = useState<"refuse" | "wait">();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = (dryRun: boolean) =>
    ok(
      api.POST("/api/v1/environment-change-requests/{id}/bookings", {
        params: { path: { id: r.id }, query: { dryRun }, ...version(r.version) },
        body: { intent, onClash },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", "book", r.id, r.version, intent, onClash],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run(false);
      await refresh();
      notifications.show({ message: t("book.done") });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("book.verb")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack gap="sm">
        <Text size="sm">
          {r.cards.map((c) => c.environment?.name ?? c.group?.name).join(", ")} · <Span from={r.from} to={r.to} />
        </Text>
        <Select
          label={t("lines.intent")}
          allowDeselect={false}
          data={intents.map((x) => ({ value: x, label: t(`intents.${x}`) }))}
          value={intent}
          onChange={(x) => x && setIntent(x as typeof intent)}
        />
        <Select
          label={t("lines.onClash")}
          clearable
          clearButtonProps={{ "aria-label": t("lines.byPolicy") }}
          placeholder={t("lines.byPolicy")}
          data={(["refuse", "wait"] as const).map((x) => ({ value: x, label: t(`lines.clash.${x}`) }))}
          value={onClash ?? null}
          onChange={(x) => setOnClash((x as "refuse" | null) ?? undefined)}
        />
        {dry.isPending ? (
          <Skeleton h={32} />
        ) : problem !== undefined || dry.isError ? (
          <Refusal error={problem ?? dry.error} />
        ) : (
          <Consequences items={dry.data.consequences} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!dry.isSuccess} onClick={() => void save()}>
            {t("book.verb")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
