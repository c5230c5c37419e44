import {
  ActionIcon,
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker, groupPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { RemotePicker } from "@/components/RemotePicker";
import { type Capability, type Draft, modes } from "./draft";
import { dataClasses, useUsages } from "./queries";
import { t } from "./text";

type Part = { draft: Draft; patch: (p: Partial<Draft>) => void };

/** What is booked: one environment, several, a group, or whatever has what is needed. */
export function BookTarget({ draft, patch }: Part) {
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={t("target.label")}
        value={draft.mode}
        onChange={(v) => patch({ mode: v as Draft["mode"], wait: false })}
        data={modes.map((m) => ({ value: m, label: t(`target.modes.${m}`) }))}
      />
      {draft.mode === "environment" && (
        <RemotePicker
          label={t("environment")}
          source={environmentPicker}
          value={draft.environment}
          onChange={(v) => patch({ environment: v ?? undefined, wait: false })}
        />
      )}
      {draft.mode === "environments" && <Several draft={draft} patch={patch} />}
      {draft.mode === "group" && (
        <RemotePicker
          label={t("group")}
          description={t("target.groupHelp")}
          inputWrapperOrder={["label", "input", "description"]}
          source={groupPicker}
          value={draft.group}
          onChange={(v) => patch({ group: v ?? undefined, wait: false })}
        />
      )}
      {draft.mode === "capability" && <Needs draft={draft} patch={patch} />}
    </Stack>
  );
}

function Several({ draft, patch }: Part) {
  const named = useQueries({
    queries: draft.environments.map((id) => ({
      queryKey: keys.one("environment", id),
      queryFn: () => ok(api.GET("/api/v1/environments/{id}", { params: { path: { id } } })),
    })),
  });
  return (
    <Stack gap={4}>
      {draft.environments.map((id, i) => (
        <Group key={id} gap={4} wrap="nowrap">
          <Text size="sm" flex={1}>
            {named[i]?.data?.name ?? "…"}
          </Text>
          <ActionIcon
            size="md"
            aria-label={t("target.remove", { name: named[i]?.data?.name ?? "" })}
            onClick={() => patch({ environments: draft.environments.filter((e) => e !== id) })}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      <RemotePicker
        key={draft.environments.length}
        label={t("target.add")}
        source={environmentPicker}
        value={null}
        onChange={(v) => v && !draft.environments.includes(v) && patch({ environments: [...draft.environments, v] })}
      />
    </Stack>
  );
}

function Needs({ draft, patch }: Part) {
  const usages = useUsages();
  const c = draft.capability;
  const put = (p: Partial<Capability>) => patch({ capability: { ...c, ...p }, wait: false });
  const need = c.versions?.[0] ?? { application: "", version: "" };
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("target.capabilityHelp")}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <MultiSelect
          label={t("usage")}
          placeholder={c.usage?.length ? undefined : t("target.any")}
          data={(usages.data?.values ?? []).map((u) => ({ value: u.id, label: u.name }))}
          value={c.usage ?? []}
          onChange={(usage) => put({ usage })}
        />
        <MultiSelect
          label={t("dataClass")}
          placeholder={c.dataClass?.length ? undefined : t("target.any")}
          data={dataClasses.map((d) => ({ value: d, label: t(`dataClasses.${d}`) }))}
          value={c.dataClass ?? []}
          onChange={(dataClass) => put({ dataClass })}
        />
        <RemotePicker
          label={t("target.application")}
          source={applicationPicker}
          value={need.application || null}
          clearable
          onChange={(v) => put({ versions: v ? [{ ...need, application: v }] : undefined })}
        />
        <TextInput
          label={t("target.version")}
          placeholder=">=4.2"
          description={t("target.versionHelp")}
          inputWrapperOrder={["label", "input", "description"]}
          disabled={!need.application}
          value={need.version ?? ""}
          onChange={(e) => put({ versions: [{ ...need, version: e.currentTarget.value || undefined }] })}
        />
        <NumberInput
          label={t("target.dataAge")}
          min={1}
          max={36500}
          value={c.maxDataAgeDays ?? ""}
          onChange={(v) => put({ maxDataAgeDays: typeof v === "number" ? v : undefined })}
        />
        <Switch
          mt="xl"
          label={t("target.lane")}
          checked={c.lane ?? false}
          onChange={(e) => put({ lane: e.currentTarget.checked || undefined })}
        />
      </SimpleGrid>
    </Stack>
  );
}

export function SkipClashing({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return <Checkbox label={t("series.skip")} checked={checked} onChange={(e) => onChange(e.currentTarget.checked)} />;
}
