import { Button, Group, Select, SimpleGrid, Skeleton, Stack, Switch, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCalendarPlus, IconSearchOff } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker, groupPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { oneOf } from "@/components/list";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TimeText } from "@/components/Time";
import { startOfDay } from "@/lib/day";
import { zoneName } from "@/lib/time";
import { useUnitScope, useUrl } from "@/lib/url";
import { BookingDialog, type BookingStart } from "./BookingDialog";
import { dataClasses, intents, useUsages } from "./queries";
import { spanWords } from "./span";
import { t } from "./text";

const lengths = ["2h", "4h", "8h", "1d", "3d", "1w", "2w"] as const;

/** "When is a SIT of payments free for three days?" */
export function OpeningsPage() {
  const can = useCan();
  const unit = useUnitScope();
  const usages = useUsages();
  const { search, set } = useUrl();
  const [creating, setCreating] = useState<BookingStart>();
  const duration = search.duration || "8h";
  const intent = oneOf(intents, search.intent) ?? "touch";
  const put = (p: Record<string, string | undefined>) => set(p, { replace: true });
  const args = {
    environment: search.environment,
    application: search.application,
    usage: search.usage,
    group: search.group,
    dataClass: search.data,
    unit,
    duration,
    intent,
    from: search.after ? startOfDay(search.after) : undefined,
    hours: search.hours ? "08:00-18:00" : undefined,
    zone: search.hours ? zoneName() : undefined,
    limit: 50,
  };
  const [asked] = useDebouncedValue(args, 300, { leading: true });
  const query = useQuery({
    queryKey: keys.list("booking", { openings: asked }),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/openings", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <Stack gap="md" pt="xs" pb="xl">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
        <RemotePicker
          label={t("application")}
          placeholder={t("openings.any")}
          clearable
          source={applicationPicker}
          value={search.application}
          onChange={(v) => put({ application: v ?? undefined })}
        />
        <Select
          label={t("usage")}
          placeholder={t("openings.any")}
          clearable
          clearButtonProps={{ "aria-label": t("openings.any") }}
          data={(usages.data?.values ?? []).map((u) => ({ value: u.id, label: u.name }))}
          value={search.usage ?? null}
          onChange={(v) => put({ usage: v ?? undefined })}
        />
        <RemotePicker
          label={t("openings.like")}
          placeholder={t("openings.any")}
          clearable
          source={environmentPicker}
          value={search.environment}
          onChange={(v) => put({ environment: v ?? undefined })}
        />
        <RemotePicker
          label={t("group")}
          placeholder={t("openings.any")}
          clearable
          source={groupPicker}
          value={search.group}
          onChange={(v) => put({ group: v ?? undefined })}
        />
        <Select
          label={t("dataClass")}
          placeholder={t("openings.any")}
          clearable
          clearButtonProps={{ "aria-label": t("openings.any") }}
          data={dataClasses.map((d) => ({ value: d, label: t(`dataClasses.${d}`) }))}
          value={search.data ?? null}
          onChange={(v) => put({ data: v ?? undefined })}
        />
        <TextInput
          label={t("openings.duration")}
          description={t("openings.durationHelp")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={duration}
          onChange={(e) => put({ duration: e.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t("openings.after")}
          value={search.after ?? ""}
          onChange={(e) => put({ after: e.currentTarget.value || undefined })}
        />
        <Select
          label={t("intent")}
          allowDeselect={false}
          data={intents.map((i) => ({ value: i, label: t(`intents.${i}`) }))}
          value={intent}
          onChange={(v) => put({ intent: v && v !== "touch" ? v : undefined })}
        />
      </SimpleGrid>
      <Group gap={4}>
        {lengths.map((l) => (
          <Button
            key={l}
            size="compact-sm"
            variant={l === duration ? "light" : "default"}
            aria-pressed={l === duration}
            onClick={() => put({ duration: l })}
          >
            {t(`lengths.${l}`)}
          </Button>
        ))}
        <Switch
          ms="md"
          label={t("openings.hours")}
          checked={Boolean(search.hours)}
          onChange={(e) => put({ hours: e.currentTarget.checked ? "office" : undefined })}
        />
      </Group>
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Skeleton h={240} />
      ) : query.data.items.length === 0 ? (
        <EmptyState icon={IconSearchOff} title={t("openings.noneTitle")} body={t("openings.noneBody")} />
      ) : (
        <Table
          verticalSpacing="xs"
          aria-label={t("area.openings")}
          style={{ opacity: query.isPlaceholderData ? 0.6 : 1 }}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("environment")}</Table.Th>
              <Table.Th>{t("openings.free")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("openings.until")}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {query.data.items.map((o) => (
              <Table.Tr key={`${o.environment.id} ${o.from}`}>
                <Table.Th scope="row" fw={500}>
                  {o.environment.name}
                </Table.Th>
                <Table.Td>{spanWords(o.from, o.to)}</Table.Td>
                <Table.Td visibleFrom="sm">
                  {o.freeUntil ? (
                    <TimeText value={o.freeUntil} plain />
                  ) : (
                    <Text size="sm" c="dimmed">
                      {t("openings.open")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="end">
                  {can("booking.create_booking") && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      leftSection={<IconCalendarPlus size={16} />}
                      aria-label={t("openings.book", { name: o.environment.name, span: spanWords(o.from, o.to) })}
                      onClick={() =>
                        setCreating({
                          environment: o.environment.id,
                          from: Date.parse(o.from),
                          to: Date.parse(o.to),
                          intent,
                        })
                      }
                    >
                      {t("book")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {creating && <BookingDialog start={creating} onClose={() => setCreating(undefined)} />}
    </Stack>
  );
}
