import { Button, Group, Modal, Select, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconCalendarShare, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker, groupPicker, useUnitName } from "@/api/lookups";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { CopyOnce } from "@/components/CopyOnce";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { useUnitScope } from "@/lib/url";
import type { Feed } from "./queries";
import { t } from "./text";

/** Private addresses under which a calendar program reads bookings. */
export function FeedsPage() {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Feed>();
  const query = useQuery({
    queryKey: keys.list("calendar_feed"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/calendar-feeds", { signal })),
  });
  const items = query.data?.items ?? [];
  const button = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {t("feeds.add")}
    </Button>
  );
  return (
    <Stack gap="md" pt="xs" pb="xl" maw={860}>
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Skeleton h={160} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={IconCalendarShare}
          title={t("feeds.emptyTitle")}
          body={t("feeds.emptyBody")}
          action={button}
        />
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed" maw={560}>
              {t("feeds.about")}
            </Text>
            {button}
          </Group>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("feeds.name")}</Table.Th>
                <Table.Th visibleFrom="sm">{t("created")}</Table.Th>
                <Table.Th>{t("feeds.read")}</Table.Th>
                <Table.Th />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((f) => (
                <Table.Tr key={f.id}>
                  <Table.Th scope="row" fw={500}>
                    {f.name}
                  </Table.Th>
                  <Table.Td visibleFrom="sm">
                    <TimeText value={f.createdAt} as="day" plain />
                  </Table.Td>
                  <Table.Td>
                    {f.readAt ? (
                      <TimeText value={f.readAt} as="relative" plain />
                    ) : (
                      <Text size="sm" c="dimmed">
                        {t("feeds.never")}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td ta="end">
                    <Button
                      size="compact-sm"
                      variant="default"
                      c="var(--status-bad)"
                      aria-label={t("feeds.revokeNamed", { name: f.name })}
                      onClick={() => setRevoking(f)}
                    >
                      {t("feeds.revoke")}
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={t("feeds.add")}
        closeOnClickOutside={false}
        closeButtonProps={{ "aria-label": t("cancel") }}
      >
        {adding && <NewFeed onClose={() => setAdding(false)} />}
      </Modal>
      <ConfirmDialog
        opened={Boolean(revoking)}
        onClose={() => setRevoking(undefined)}
        title={t("feeds.revokeTitle", { name: revoking?.name })}
        body={t("feeds.revokeBody")}
        verb={t("feeds.revoke")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/calendar-feeds/{id}", { params: { path: { id: revoking?.id ?? "" } } }));
          await client.invalidateQueries({ queryKey: keys.all("calendar_feed") });
        }}
      />
    </Stack>
  );
}

const kinds = ["mine", "environment", "group", "application", "unit"] as const;
type Kind = (typeof kinds)[number];

function NewFeed({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const unit = useUnitScope();
  const unitName = useUnitName();
  const [url, setUrl] = useState<string>();
  const [kind, setKind] = useState<Kind>("mine");
  const [value, setValue] = useState<string>();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { name: "" },
    validate: { name: (v) => (v.trim() ? null : t("feeds.needName")) },
  });
  if (url) return <CopyOnce label={t("feeds.url")} about={t("feeds.urlHelp")} value={url} onDone={onClose} />;
  const filter =
    kind === "environment"
      ? { environments: [value ?? ""] }
      : kind === "group"
        ? { group: value }
        : kind === "application"
          ? { application: value }
          : kind === "unit"
            ? { unit }
            : {};
  const submit = () =>
    send(async (v) => {
      const made = await ok(api.POST("/api/v1/calendar-feeds", { body: { name: v.name.trim(), filter } as never }));
      await client.invalidateQueries({ queryKey: keys.all("calendar_feed") });
      setUrl(made.url);
    });
  const picker = { environment: environmentPicker, group: groupPicker, application: applicationPicker }[
    kind as "group"
  ];
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <TextInput
          label={t("feeds.name")}
          description={t("feeds.nameHelp")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          data-autofocus
          maxLength={120}
          {...form.getInputProps("name")}
        />
        <Select
          label={t("feeds.what")}
          allowDeselect={false}
          data={kinds
            .filter((k) => k !== "unit" || unit)
            .map((k) => ({ value: k, label: t(`feeds.kinds.${k}`, { unit: unit ? unitName(unit) : "" }) }))}
          value={kind}
          onChange={(v) => {
            setKind((v ?? "mine") as Kind);
            setValue(undefined);
          }}
        />
        {picker && (
          <RemotePicker
            key={kind}
            label={t(kind as "group")}
            source={picker}
            value={value}
            onChange={(v) => setValue(v ?? undefined)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={Boolean(picker) && !value}>
            {t("feeds.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
