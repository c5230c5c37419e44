import {
  ActionIcon,
  Alert,
  Button,
  Divider,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconMail, IconSend, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { type Question, useSubscriptions } from "./queries";
import { monthName, type Subscription } from "./report";
import { t } from "./text";

/** "Mail me this monthly": the subscriptions one has, and a new one for what the page shows. */
export function Subscribe({ query }: { query: Question }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconMail size={16} />} onClick={() => setOpen(true)}>
        {t("subscribe.open")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t("subscribe.title")}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {open && <Form query={query} />}
      </Modal>
    </>
  );
}

function Form({ query }: { query: Question }) {
  const client = useQueryClient();
  const unitName = useUnitName();
  const list = useSubscriptions();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { day: 3 as number, format: "pdf" as "pdf" | "xlsx", recipients: "" },
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("report_subscription") });
  const save = async () => {
    const done = await send((v) =>
      ok(
        api.POST("/api/v1/report-subscriptions", {
          body: {
            unit: query.unit,
            day: v.day,
            format: v.format,
            zone: query.zone,
            recipients: v.recipients.split(/[\s,;]+/).filter(Boolean),
          },
        }),
      ),
    );
    if (done) {
      notifications.show({ message: t("subscribe.done") });
      form.reset();
      await refresh();
    }
  };
  const items = list.data?.items ?? [];
  return (
    <Stack gap="sm">
      {list.isError && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
      {items.length > 0 && (
        <>
          {items.map((s) => (
            <Row key={s.id} of={s} onChange={refresh} />
          ))}
          <Divider />
        </>
      )}
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{t("subscribe.about", { unit: query.unit ? unitName(query.unit) : t("everything") })}</Text>
          <Group grow align="flex-start">
            <NumberInput
              label={t("subscribe.day")}
              min={1}
              max={28}
              allowDecimal={false}
              {...form.getInputProps("day")}
            />
            <Select
              label={t("subscribe.format")}
              allowDeselect={false}
              data={[
                { value: "pdf", label: "PDF" },
                { value: "xlsx", label: "XLSX" },
              ]}
              {...form.getInputProps("format")}
            />
          </Group>
          <Textarea
            label={t("subscribe.recipients")}
            description={t("subscribe.recipientsHelp")}
            autosize
            minRows={2}
            {...form.getInputProps("recipients")}
          />
          {problem && <ProblemAlert error={problem} />}
          <Group justify="flex-end">
            <Button type="submit" loading={busy}>
              {t("subscribe.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

function Row({ of: s, onChange }: { of: Subscription; onChange: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const name = s.unitName || t("everything");
  const act = async (what: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await what();
      notifications.show({ message: said });
      await onChange();
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    } finally {
      setBusy(false);
    }
  };
  const path = { params: { path: { id: s.id } } };
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={500}>
          {t("subscribe.row", { unit: name, day: s.day, format: s.format.toUpperCase() })}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {s.recipients.join(", ")}
        </Text>
        {s.latest && (
          <Text size="xs" c="dimmed">
            {t(`subscribe.${s.latest.state}`, { month: monthName(s.latest.month) })}{" "}
            {s.latest.sentAt && <TimeText value={s.latest.sentAt} as="relative" plain />}
          </Text>
        )}
        {s.latest?.problem && (
          <Alert variant="default" p="xs" mt={4}>
            <Text size="xs">{s.latest.problem}</Text>
          </Alert>
        )}
      </div>
      <Group gap={0} wrap="nowrap">
        <ActionIcon
          aria-label={t("subscribe.run", { unit: name })}
          title={t("subscribe.run", { unit: name })}
          disabled={busy}
          onClick={() =>
            void act(() => ok(api.POST("/api/v1/report-subscriptions/{id}/run", path)), t("subscribe.ran"))
          }
        >
          <IconSend size={16} />
        </ActionIcon>
        <ActionIcon
          aria-label={t("subscribe.end", { unit: name })}
          title={t("subscribe.end", { unit: name })}
          disabled={busy}
          onClick={() =>
            void act(() => ok(api.DELETE("/api/v1/report-subscriptions/{id}", path)), t("subscribe.ended"))
          }
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
