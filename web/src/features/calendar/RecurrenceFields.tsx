import {
  Alert,
  Chip,
  Group,
  List,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { TimeText } from "@/components/Time";
import { nthOf, type Recurrence, type Repeats, weekdayOf, weekdays } from "./recurrence";
import { t } from "./text";
import { recurrenceOf, spanOf, type Values } from "./values";

const choices: Repeats[] = ["once", "daily", "weekly", "monthly", "yearly", "rule"];

/** How often a window repeats, with the occurrences the server makes of it. */
export function RecurrenceFields({ values, onChange }: { values: Values; onChange: (r: Recurrence) => void }) {
  const r = values.recurrence;
  const day = values.from.slice(0, 10);
  const put = (patch: Partial<Recurrence>) => onChange({ ...r, ...patch });
  const known = /^\d{4}-\d\d-\d\d$/.test(day);
  return (
    <Stack gap="sm">
      <Group grow align="flex-start">
        <Select
          label={t("repeats.label")}
          allowDeselect={false}
          data={choices.map((v) => ({ value: v, label: t(`repeats.${v}`) }))}
          value={r.repeats}
          onChange={(v) => v && put({ repeats: v as Repeats, on: r.on.length || !known ? r.on : [weekdayOf(day)] })}
        />
        {r.repeats !== "once" && r.repeats !== "rule" && (
          <NumberInput
            label={t(`repeats.every.${r.repeats}`)}
            min={1}
            max={1000}
            allowDecimal={false}
            value={r.every}
            onChange={(v) => put({ every: Number(v) || 1 })}
          />
        )}
      </Group>
      {r.repeats === "rule" && (
        <TextInput
          label={t("repeats.ruleLabel")}
          description={t("repeats.ruleAbout")}
          placeholder="FREQ=MONTHLY;BYDAY=-1FR"
          value={r.rule}
          onChange={(e) => put({ rule: e.currentTarget.value })}
        />
      )}
      {r.repeats === "weekly" && (
        <Chip.Group multiple value={r.on} onChange={(on) => put({ on: on as Recurrence["on"] })}>
          <Group gap={6} role="group" aria-label={t("repeats.on")}>
            {weekdays.map((d) => (
              <Chip key={d} value={d} size="xs">
                {t(`weekdays.${d}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
      {r.repeats === "monthly" && known && (
        <Select
          label={t("repeats.by")}
          allowDeselect={false}
          data={[
            { value: "day", label: t("repeats.byDay", { day: Number(day.slice(8, 10)) }) },
            {
              value: "weekday",
              label: t("repeats.byWeekday", {
                nth: t(`nth.${nthOf(day) as 1}`),
                weekday: t(`weekdayNames.${weekdayOf(day)}`),
              }),
            },
          ]}
          value={r.by}
          onChange={(v) => v && put({ by: v as Recurrence["by"] })}
        />
      )}
      {r.repeats !== "once" && (
        <>
          {r.repeats !== "rule" && (
            <Group grow align="flex-start">
              <Select
                label={t("repeats.ends")}
                allowDeselect={false}
                data={(["never", "until", "count"] as const).map((v) => ({ value: v, label: t(`repeats.end.${v}`) }))}
                value={r.ends}
                onChange={(v) => v && put({ ends: v as Recurrence["ends"] })}
              />
              {r.ends === "until" && (
                <TextInput
                  type="date"
                  label={t("repeats.lastDay")}
                  value={r.until}
                  onChange={(e) => put({ until: e.currentTarget.value })}
                />
              )}
              {r.ends === "count" && (
                <NumberInput
                  label={t("repeats.count")}
                  min={1}
                  max={10_000}
                  allowDecimal={false}
                  value={r.count}
                  onChange={(v) => put({ count: Number(v) || 1 })}
                />
              )}
            </Group>
          )}
          <TagsInput
            label={t("repeats.skip")}
            description={t("repeats.skipAbout")}
            placeholder={r.skip.length === 0 ? "2026-12-24" : undefined}
            value={r.skip}
            onChange={(skip) => put({ skip: skip.filter((d) => /^\d{4}-\d\d-\d\d/.test(d)) })}
          />
          <Preview values={values} />
        </>
      )}
    </Stack>
  );
}

function Preview({ values }: { values: Values }) {
  const span = spanOf(values);
  const recurrence = recurrenceOf(values);
  const whole = Boolean(span && recurrence && (values.recurrence.ends !== "until" || values.recurrence.until));
  const [asked] = useDebouncedValue(JSON.stringify({ ...span, recurrence, limit: 6 }), 350);
  const query = useQuery({
    queryKey: ["consequences", "recurrence", asked],
    queryFn: () => ok(api.POST("/api/v1/recurrences/preview", { body: JSON.parse(asked) })),
    enabled: whole && Boolean(JSON.parse(asked).recurrence) && Boolean(JSON.parse(asked).from),
    retry: false,
    gcTime: 0,
    placeholderData: (before) => before,
  });
  if (!whole) return null;
  return (
    <div aria-live="polite">
      {query.isPending ? (
        <Skeleton h={64} />
      ) : query.isError ? (
        <Text size="sm" c="var(--mantine-color-error)">
          {[asProblem(query.error).message, ...asProblem(query.error).fields.map((f) => f.message)].join(" ")}
        </Text>
      ) : (
        <Alert variant="default" title={t("repeats.occurrences")}>
          <List size="sm">
            {query.data.items.map((o) => (
              <List.Item key={o.from}>
                <TimeText value={o.from} plain /> – <TimeText value={o.to} plain />
              </List.Item>
            ))}
          </List>
          {query.data.items.length === 0 && <Text size="sm">{t("repeats.none")}</Text>}
          {query.data.more && (
            <Text size="xs" c="dimmed">
              {query.data.endless ? t("repeats.endless") : t("repeats.andMore")}
            </Text>
          )}
        </Alert>
      )}
    </div>
  );
}
