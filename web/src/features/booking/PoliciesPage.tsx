import {
  ActionIcon,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Radio,
  SimpleGrid,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { asProblem, type Problem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TreeSelect } from "@/components/TreeSelect";
import { useUrl } from "@/lib/url";
import { compatible, policyOf, togglePair } from "./policy";
import { based, type Intent, intents, type Policy, type PolicyView, usePolicy } from "./queries";
import { t } from "./text";

/** Under which rules environments of a unit are booked; the nearest unit above that has rules of its own decides. */
export function PoliciesPage() {
  const { search, set } = useUrl();
  const { data: units = [] } = useUnits();
  const root = units[0]?.id;
  const unit = search.unit || root;
  const query = usePolicy(unit, Boolean(unit));
  return (
    <Stack gap="md" pt="xs" pb="xl" maw={860}>
      <TreeSelect
        label={t("policy.unit")}
        description={t("policy.unitHelp")}
        inputWrapperOrder={["label", "input", "description"]}
        maw={420}
        allowDeselect={false}
        items={units}
        value={unit}
        onChange={(v) => set({ unit: v && v !== root ? v : undefined })}
      />
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Skeleton h={420} />
      ) : (
        <PolicyForm key={`${query.data.unitId} ${query.data.version}`} view={query.data} />
      )}
    </Stack>
  );
}

function PolicyForm({ view }: { view: PolicyView }) {
  const can = useCan();
  const client = useQueryClient();
  const unitName = useUnitName();
  const [p, setP] = useState<Policy>(() => policyOf(view));
  const put = (patch: Partial<Policy>) => setP((b) => ({ ...b, ...patch }));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [removing, setRemoving] = useState(false);
  const may = can("booking.manage_policy");
  const name = unitName(view.unitId);
  const header = view.version > 0 ? based(view.version) : undefined;
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT("/api/v1/booking-policies", {
          params: { query: { unit: view.unitId }, header },
          body: p,
        }),
      );
      await client.invalidateQueries({ queryKey: keys.all("booking_policy") });
      notifications.show({ message: t("policy.saved", { unit: name }) });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const hours = (
    key: "minimumNoticeMinutes" | "maximumHoldMinutes" | "warnUnusedAfterMinutes" | "freeUnusedAfterMinutes",
  ) => (
    <NumberInput
      label={t(`policy.${key}`)}
      description={t(`policy.${key}Help`)}
      inputWrapperOrder={["label", "input", "description", "error"]}
      min={0}
      decimalScale={2}
      suffix={t("policy.hours")}
      value={p[key] / 60}
      onChange={(v) => put({ [key]: typeof v === "number" ? Math.round(v * 60) : 0 })}
    />
  );
  const classes = p.priorityClasses;
  const setClass = (i: number, patch: Partial<Policy["priorityClasses"][number]>) =>
    put({
      priorityClasses: classes.map((c, n) =>
        n === i ? { ...c, ...patch } : patch.default ? { ...c, default: undefined } : c,
      ),
    });
  const swap = (i: number, by: 1 | -1) => {
    const next = [...classes];
    const [a, b] = [next[i], next[i + by]];
    if (a && b) {
      next[i] = b;
      next[i + by] = a;
    }
    put({ priorityClasses: next });
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <Group gap="xs">
          <StatusBadge tone={view.own ? "good" : "idle"}>
            {view.own ? t("policy.own") : t("policy.inherited")}
          </StatusBadge>
          <Text size="sm">
            {view.own
              ? t("policy.ownHelp", { unit: name })
              : view.fromUnitId
                ? t("policy.fromUnit", { unit: name, from: unitName(view.fromUnitId) })
                : t("policy.default", { unit: name })}
          </Text>
        </Group>
        {problem && <ProblemAlert error={problem} />}
        <Fieldset legend={t("policy.clash")} disabled={!may}>
          <Radio.Group
            aria-label={t("policy.clash")}
            value={p.mode}
            onChange={(v) => put({ mode: v as Policy["mode"] })}
          >
            <Stack gap="xs">
              <Radio value="strict" label={t("policy.strict")} description={t("policy.strictHelp")} />
              <Radio value="queue" label={t("policy.queue")} description={t("policy.queueHelp")} />
            </Stack>
          </Radio.Group>
        </Fieldset>
        <Fieldset legend={t("policy.times")} disabled={!may}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {hours("minimumNoticeMinutes")}
            {hours("maximumHoldMinutes")}
          </SimpleGrid>
          <Switch
            mt="sm"
            label={t("policy.noPastDates")}
            checked={p.noPastDates}
            onChange={(e) => put({ noPastDates: e.currentTarget.checked })}
          />
        </Fieldset>
        <Fieldset legend={t("policy.unused")} disabled={!may}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {hours("warnUnusedAfterMinutes")}
            {hours("freeUnusedAfterMinutes")}
          </SimpleGrid>
          <Switch
            mt="sm"
            label={t("policy.deployOnlyBooked")}
            checked={p.deployOnlyBooked}
            onChange={(e) => put({ deployOnlyBooked: e.currentTarget.checked })}
          />
        </Fieldset>
        <Fieldset legend={t("policy.approval")} disabled={!may}>
          <Checkbox.Group
            label={t("policy.autoApprove")}
            description={t("policy.autoApproveHelp")}
            value={p.autoApproveIntents}
            onChange={(autoApproveIntents) => put({ autoApproveIntents })}
          >
            <Group mt="xs">
              {intents.map((i) => (
                <Checkbox key={i} value={i} label={t(`intents.${i}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Switch
            mt="sm"
            label={t("policy.approveOwn")}
            checked={p.approveOwn}
            onChange={(e) => put({ approveOwn: e.currentTarget.checked })}
          />
        </Fieldset>
        <Fieldset legend={t("policy.sharing")} disabled={!may}>
          <Text size="sm" c="dimmed" mb="xs">
            {t("policy.sharingHelp")}
          </Text>
          <Stack gap="xs">
            {pairs.map(([a, b]) => (
              <Checkbox
                key={`${a} ${b}`}
                label={t("policy.pair", { a: t(`intents.${a}`), b: t(`intents.${b}`) })}
                checked={compatible(p, a, b)}
                onChange={() => put({ compatible: togglePair(p, a, b) })}
              />
            ))}
          </Stack>
        </Fieldset>
        <Fieldset legend={t("policy.classes")} disabled={!may}>
          <Text size="sm" c="dimmed" mb="xs">
            {t("policy.classesHelp")}
          </Text>
          <Stack gap="xs">
            {classes.map((c, i) => (
              <Group key={i} gap="xs" wrap="nowrap" align="flex-end">
                <TextInput
                  flex={1}
                  label={i === 0 ? t("policy.className") : undefined}
                  aria-label={t("policy.className")}
                  maxLength={60}
                  value={c.name}
                  onChange={(e) => setClass(i, { name: e.currentTarget.value })}
                />
                <NumberInput
                  w={120}
                  label={i === 0 ? t("policy.late") : undefined}
                  aria-label={t("policy.late")}
                  min={0}
                  max={1_000_000}
                  value={c.latenessCost}
                  onChange={(v) => setClass(i, { latenessCost: typeof v === "number" ? v : 0 })}
                />
                <Radio
                  mb={8}
                  name="default-class"
                  label={t("policy.usual")}
                  checked={c.default ?? false}
                  onChange={() => setClass(i, { default: true })}
                />
                <ActionIcon
                  aria-label={t("policy.up", { name: c.name })}
                  disabled={i === 0}
                  onClick={() => swap(i, -1)}
                >
                  <IconArrowUp size={16} />
                </ActionIcon>
                <ActionIcon
                  aria-label={t("policy.down", { name: c.name })}
                  disabled={i === classes.length - 1}
                  onClick={() => swap(i, 1)}
                >
                  <IconArrowDown size={16} />
                </ActionIcon>
                <ActionIcon
                  aria-label={t("policy.removeClass", { name: c.name })}
                  onClick={() => put({ priorityClasses: classes.filter((_, n) => n !== i) })}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            ))}
            {classes.length < 20 && (
              <Group>
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<IconPlus size={16} />}
                  onClick={() => put({ priorityClasses: [...classes, { name: "", latenessCost: 1 }] })}
                >
                  {t("policy.addClass")}
                </Button>
              </Group>
            )}
          </Stack>
        </Fieldset>
        {may && (
          <Group gap="xs">
            <Button type="submit" loading={busy}>
              {t(view.own ? "policy.save" : "policy.saveOwn", { unit: name })}
            </Button>
            {view.own && (
              <Button variant="default" c="var(--status-bad)" onClick={() => setRemoving(true)}>
                {t("policy.remove")}
              </Button>
            )}
          </Group>
        )}
      </Stack>
      <ConfirmDialog
        opened={removing}
        onClose={() => setRemoving(false)}
        title={t("policy.removeTitle", { unit: name })}
        body={t("policy.removeBody")}
        verb={t("policy.remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/booking-policies", {
              params: { query: { unit: view.unitId }, header: based(view.version) },
            }),
          );
          await client.invalidateQueries({ queryKey: keys.all("booking_policy") });
        }}
      />
    </form>
  );
}

const pairs: [Intent, Intent][] = intents.flatMap((a, i) => intents.slice(i).map((b): [Intent, Intent] => [a, b]));
