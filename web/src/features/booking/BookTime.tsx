import {
  Button,
  Chip,
  Group,
  NumberInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import type { Draft } from "./draft";
import { type Frequency, ordinalOf, type Recurrence, usual, type Weekday, weekdayOf, weekdays } from "./recurrence";
import { hour, inputOf, lengthWords, momentOf, plusDays } from "./span";
import { t } from "./text";

const lengths: [string, (from: number) => number][] = [
  ["2h", (from) => from + 2 * hour],
  ["4h", (from) => from + 4 * hour],
  ["8h", (from) => from + 8 * hour],
  ["1d", (from) => plusDays(from, 1)],
  ["3d", (from) => plusDays(from, 3)],
  ["1w", (from) => plusDays(from, 7)],
  ["2w", (from) => plusDays(from, 14)],
];

type Part = { draft: Draft; patch: (p: Partial<Draft>) => void };

/** When: from and to on the reader's clock, the usual lengths, and how it repeats. */
export function BookTime({ draft, patch }: Part) {
  const { from, to } = draft;
  const wrong = from !== undefined && to !== undefined && to <= from;
  // The length stays when the beginning moves.
  const begin = (value: string) => {
    const next = momentOf(value);
    const length = from !== undefined && to !== undefined ? to - from : 8 * hour;
    patch({ from: next, to: next === undefined ? to : next + length, wait: false });
  };
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <TextInput
          type="datetime-local"
          label={t("from")}
          value={from === undefined ? "" : inputOf(from)}
          onChange={(e) => begin(e.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label={t("to")}
          value={to === undefined ? "" : inputOf(to)}
          error={wrong ? t("dialog.endsBefore") : undefined}
          onChange={(e) => patch({ to: momentOf(e.currentTarget.value), wait: false })}
        />
      </SimpleGrid>
      <Group gap={4}>
        {lengths.map(([id, end]) => (
          <Button
            key={id}
            size="compact-sm"
            variant={from !== undefined && to === end(from) ? "light" : "default"}
            aria-pressed={from !== undefined && to === end(from)}
            disabled={from === undefined}
            onClick={() => from !== undefined && patch({ to: end(from), wait: false })}
          >
            {t(`lengths.${id}` as never)}
          </Button>
        ))}
        {from !== undefined && to !== undefined && to > from && (
          <Text size="xs" c="dimmed" ms="xs">
            {lengthWords(from, to)}
          </Text>
        )}
      </Group>
      <Switch
        label={t("series.repeat")}
        checked={Boolean(draft.recurrence)}
        disabled={from === undefined}
        onChange={(e) =>
          patch({ recurrence: e.currentTarget.checked ? usual(from as number) : undefined, wait: false })
        }
      />
      {draft.recurrence && from !== undefined && (
        <Repeats value={draft.recurrence} start={from} onChange={(recurrence) => patch({ recurrence })} />
      )}
    </Stack>
  );
}

const frequencies: Frequency[] = ["daily", "weekly", "monthly"];

function Repeats(props: { value: Recurrence; start: number; onChange: (r: Recurrence) => void }) {
  const { value: r, start, onChange } = props;
  const put = (p: Partial<Recurrence>) => onChange({ ...r, ...p });
  const weekday = t(`weekdays.${weekdayOf(start)}`);
  return (
    <Stack gap="xs" ps="md" style={{ borderInlineStart: "2px solid var(--app-line-strong)" }}>
      <Group gap="xs" align="flex-end">
        <NumberInput
          label={t("series.every")}
          w={90}
          min={1}
          max={366}
          value={r.every}
          onChange={(v) => put({ every: typeof v === "number" ? v : 1 })}
        />
        <Select
          aria-label={t("series.frequency")}
          w={140}
          allowDeselect={false}
          data={frequencies.map((f) => ({ value: f, label: t(`series.units.${f}`) }))}
          value={r.frequency}
          onChange={(v) => v && put({ frequency: v as Frequency })}
        />
      </Group>
      {r.frequency === "weekly" && (
        <Chip.Group multiple value={r.on} onChange={(on) => put({ on: on as Weekday[] })}>
          <Group gap={4} role="group" aria-label={t("series.days")}>
            {weekdays.map((d) => (
              <Chip key={d} value={d} size="xs" radius="sm">
                {t(`weekdaysShort.${d}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
      {r.frequency === "monthly" && (
        <Radio.Group
          value={r.by}
          onChange={(by) => put({ by: by as Recurrence["by"] })}
          aria-label={t("series.monthly")}
        >
          <Group gap="md">
            <Radio value="day" label={t("series.byDay", { day: new Date(start).getDate() })} />
            <Radio
              value="weekday"
              label={t("series.byWeekday", { ordinal: t(`ordinals.${ordinalOf(start)}` as never), weekday })}
            />
          </Group>
        </Radio.Group>
      )}
      <Group gap="sm" align="flex-end">
        <Select
          label={t("series.ends")}
          w={140}
          allowDeselect={false}
          data={[
            { value: "count", label: t("series.afterCount") },
            { value: "until", label: t("series.onDay") },
          ]}
          value={r.end.kind}
          onChange={(v) =>
            put({
              end:
                v === "until"
                  ? { kind: "until", day: inputOf(plusDays(start, 42)).slice(0, 10) }
                  : { kind: "count", count: 6 },
            })
          }
        />
        {r.end.kind === "count" ? (
          <NumberInput
            label={t("series.count")}
            w={110}
            min={1}
            max={400}
            value={r.end.count}
            onChange={(v) => put({ end: { kind: "count", count: typeof v === "number" ? v : 1 } })}
          />
        ) : (
          <TextInput
            type="date"
            label={t("series.until")}
            value={r.end.day}
            onChange={(e) => put({ end: { kind: "until", day: e.currentTarget.value } })}
          />
        )}
      </Group>
    </Stack>
  );
}
