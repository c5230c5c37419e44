import { ActionIcon, Group, MultiSelect, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { applicationPicker, environmentPicker, groupPicker } from "@/api/lookups";
import { ManyPicker } from "@/components/ManyPicker";
import { RemotePicker } from "@/components/RemotePicker";
import type { LineDraft } from "./lineDraft";
import { usePolicy, useSlots, useUsages } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";

export const intents = ["touch", "change_configuration", "change_code"] as const;
const ways = ["environments", "group", "capability"] as const;

/** One line of a booking request: what is wanted, when, and what is wrong with it. */
export function LineFields({
  line: l,
  at,
  start,
  names,
  faults,
  onChange,
  onRemove,
}: {
  line: LineDraft;
  at: number;
  /** The times of the request, with which times of the line's own begin. */
  start: { from: string; to: string };
  names: Record<string, string>;
  faults: string[];
  onChange: (patch: Partial<LineDraft>) => void;
  onRemove?: () => void;
}) {
  const backwards = Boolean(l.from && l.to && l.to <= l.from);
  const name = (
    <TextInput
      label={t("lines.name")}
      placeholder={t("lines.nameAbout")}
      maxLength={200}
      value={l.title}
      onChange={(e) => onChange({ title: e.currentTarget.value })}
    />
  );
  return (
    <fieldset className={classes.card} aria-label={t("lines.one", { at })}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600} aria-hidden>
            {t("lines.one", { at })}
          </Text>
          {onRemove && (
            <ActionIcon aria-label={t("lines.remove", { at })} onClick={onRemove}>
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <Select
            label={t("lines.by")}
            allowDeselect={false}
            data={ways.map((b) => ({ value: b, label: t(`lines.bys.${b}`) }))}
            value={l.by}
            onChange={(by) => by && onChange({ by: by as LineDraft["by"] })}
          />
          <Select
            label={t("lines.intent")}
            allowDeselect={false}
            data={intents.map((x) => ({ value: x, label: t(`intents.${x}`) }))}
            value={l.intent}
            onChange={(x) => x && onChange({ intent: x as LineDraft["intent"] })}
          />
        </SimpleGrid>
        {l.by === "environments" ? (
          <ManyPicker
            label={t("lines.environments")}
            source={environmentPicker}
            names={names}
            value={l.environments}
            onChange={(environments) => onChange({ environments })}
          />
        ) : l.by === "group" ? (
          <RemotePicker
            label={t("group")}
            source={groupPicker}
            value={l.group || null}
            onChange={(group) => onChange({ group: group ?? "" })}
          />
        ) : (
          <Needs line={l} onChange={onChange} />
        )}
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <When line={l} start={start} onChange={onChange} />
          {l.when !== "slot" && name}
          {l.when === "slot" && (
            <TextInput
              type="date"
              label={t("lines.day")}
              required
              value={l.day}
              onChange={(e) => onChange({ day: e.currentTarget.value })}
            />
          )}
          {l.when === "own" && (
            <>
              <TextInput
                type="datetime-local"
                label={t("from")}
                required
                value={l.from}
                onChange={(e) => onChange({ from: e.currentTarget.value })}
              />
              <TextInput
                type="datetime-local"
                label={t("to")}
                required
                value={l.to}
                error={backwards ? t("endBeforeStart") : undefined}
                onChange={(e) => onChange({ to: e.currentTarget.value })}
              />
            </>
          )}
          {l.when === "slot" && name}
          <Select
            label={t("lines.onClash")}
            clearable
            clearButtonProps={{ "aria-label": t("lines.byPolicy") }}
            placeholder={t("lines.byPolicy")}
            data={(["refuse", "wait"] as const).map((x) => ({ value: x, label: t(`lines.clash.${x}`) }))}
            value={l.onClash || null}
            onChange={(x) => onChange({ onClash: (x ?? "") as LineDraft["onClash"] })}
          />
        </SimpleGrid>
        {faults.length > 0 && (
          <div role="alert">
            {faults.map((f) => (
              <Text key={f} size="sm" c="var(--status-bad)">
                {f}
              </Text>
            ))}
          </div>
        )}
      </Stack>
    </fieldset>
  );
}

interface Part {
  line: LineDraft;
  onChange: (patch: Partial<LineDraft>) => void;
}

/** As the request, at times of its own, or a time slot of a day. */
function When({ line: l, start, onChange }: Part & { start: { from: string; to: string } }) {
  const slots = useSlots();
  const policy = usePolicy();
  const only = policy.data?.slotsOnly && (slots.data?.length ?? 0) > 0;
  const data = [
    ...(only && l.when !== "request" ? [] : [{ value: "request", label: t("lines.whens.request") }]),
    ...(only && l.when !== "own" ? [] : [{ value: "own", label: t("lines.whens.own") }]),
    ...(slots.data ?? []).map((s) => ({
      value: s.id,
      label: `${s.name} (${s.from} – ${s.to}${s.zone === zone ? "" : ` ${s.zone}`})`,
    })),
  ];
  // A slot that is offered no more stands on the line that names it.
  if (l.when === "slot" && l.slot && slots.isSuccess && !data.some((x) => x.value === l.slot))
    data.push({ value: l.slot, label: t("lines.oldSlot") });
  return (
    <Select
      label={t("lines.when")}
      allowDeselect={false}
      data={data}
      value={l.when === "slot" ? l.slot : l.when}
      onChange={(x) => {
        if (x === "request") onChange({ when: x });
        else if (x === "own") onChange({ when: x, from: l.from || start.from, to: l.to || start.to });
        else if (x) onChange({ when: "slot", slot: x, day: l.day || start.from.slice(0, 10) });
      }}
    />
  );
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What an environment must have; the server finds one that has it. */
function Needs({ line: l, onChange }: Part) {
  const usages = useUsages();
  const c = l.capability;
  const put = (p: Partial<LineDraft["capability"]>) => onChange({ capability: { ...c, ...p } });
  const need = c.versions?.[0] ?? { application: "" };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <MultiSelect
        label={t("needs.usage")}
        placeholder={c.usage?.length ? undefined : t("needs.any")}
        data={usages.data ?? []}
        value={c.usage ?? []}
        onChange={(usage) => put({ usage: usage.length > 0 ? usage : undefined })}
      />
      <MultiSelect
        label={t("needs.data")}
        placeholder={c.dataClass?.length ? undefined : t("needs.any")}
        data={(["synthetic", "masked", "production_copy"] as const).map((d) => ({
          value: d,
          label: t(`needs.classes.${d}`),
        }))}
        value={c.dataClass ?? []}
        onChange={(dataClass) => put({ dataClass: dataClass.length > 0 ? dataClass : undefined })}
      />
      <RemotePicker
        label={t("needs.application")}
        clearable
        source={applicationPicker}
        value={need.application || null}
        onChange={(application) => put({ versions: application ? [{ ...need, application }] : undefined })}
      />
      <TextInput
        label={t("needs.version")}
        placeholder=">=4.2"
        disabled={!need.application}
        value={need.version ?? ""}
        onChange={(e) => put({ versions: [{ ...need, version: e.currentTarget.value || undefined }] })}
      />
      <Switch
        label={t("needs.lane")}
        checked={c.lane ?? false}
        onChange={(e) => put({ lane: e.currentTarget.checked || undefined })}
      />
    </SimpleGrid>
  );
}
