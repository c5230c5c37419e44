import { Button, Group, Modal, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { Refusal } from "./DryRun";
import { Span } from "./Marks";
import { useRefresh, version } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

export type Decision = "approve" | "reject";

/** Approves or rejects one booking of a request. A rejection gives its reason; an approval is tried before it is made. */
export function DecideDialog({
  booking: b,
  act,
  onClose,
}: {
  booking: Schema<"BookingListed">;
  act: Decision;
  onClose: () => void;
}) {
  useFocusBack();
  const refresh = useRefresh("booking_request");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = (dryRun: boolean) => {
    const params = { path: { id: b.id }, query: { dryRun }, ...version(b.version) };
    const body = { reason: reason.trim() || undefined };
    return act === "approve"
      ? ok(api.POST("/api/v1/bookings/{id}/approve", { params, body }))
      : ok(api.POST("/api/v1/bookings/{id}/reject", { params, body }));
  };
  const dry = useQuery({
    queryKey: ["consequences", "booking", b.id, b.version, act],
    queryFn: () => run(true),
    enabled: act === "approve",
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
      notifications.show({ message: t(`decide.${act}.done`, { name: b.reference }) });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const met = problem ?? (dry.isError ? dry.error : undefined);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`decide.${act}.title`, { name: b.reference })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <Text size="sm">
          {b.environments.map((e) => e.name).join(", ")} · <Span from={b.from} to={b.to} />
        </Text>
        <Textarea
          label={t("decide.reason")}
          required={act === "reject"}
          autosize
          minRows={2}
          maxLength={2000}
          data-autofocus
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        <div aria-live="polite">
          {act === "approve" && dry.isPending ? (
            <Skeleton h={20} />
          ) : met !== undefined ? (
            <Refusal error={met} />
          ) : act === "approve" && dry.data?.status === "requested" ? (
            <Text size="sm">{t("decide.part")}</Text>
          ) : null}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            loading={busy}
            color={act === "reject" ? "red.8" : undefined}
            disabled={act === "reject" ? !reason.trim() : !dry.isSuccess}
            onClick={() => void save()}
          >
            {t(`decide.${act}.verb`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
