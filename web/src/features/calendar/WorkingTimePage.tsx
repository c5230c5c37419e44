import { Button, Group, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { ZoneSelect } from "@/components/ZoneSelect";
import { useUnitScope } from "@/lib/url";
import classes from "./calendar.module.css";
import { dayNames, hoursText, readHours, type Week } from "./hours";
import { t } from "./text";

type WorkingTime = Schema<"CalendarTimeView">;

/** When the people of the unit that is chosen above work; service levels count by it. */
export function WorkingTimePage() {
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const client = useQueryClient();
  const can = useCan();
  const unit = useUnitScope() ?? units[0]?.id;
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const query = useQuery({
    queryKey: keys.one("working_time", unit ?? ""),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/units/{id}/working-time", { params: { path: { id: unit ?? "" } }, signal })),
    enabled: Boolean(unit),
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("working_time") });
  if (query.isPending)
    return (
      <div aria-busy>
        <Skeleton h={260} my="md" maw={760} />
      </div>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  const w = query.data;
  const own = w.version > 0;
  const manage = can("calendar.manage_freeze");
  return (
    <Stack gap="md" py="md" className={classes.hours}>
      <Text size="sm">
        {own
          ? t("hours.own", { unit: unitName(unit) })
          : w.fromUnitName
            ? t("hours.from", { unit: unitName(unit), from: w.fromUnitName })
            : t("hours.standard", { unit: unitName(unit) })}{" "}
        {t("hours.about")}
      </Text>
      {editing ? (
        <HoursForm
          key={`${unit}/${w.version}`}
          unit={unit ?? ""}
          time={w}
          onClose={() => setEditing(false)}
          onSaved={refresh}
        />
      ) : (
        <>
          <Facts
            items={[
              ...dayNames.map(
                (d) => [t(`days.${d}`), w.days[d].length ? hoursText(w.days[d]) : t("hours.none")] as [string, string],
              ),
              [t("zone"), w.zone],
              [t("hours.holidays"), w.ownHolidays ? t("hours.ownHolidays") : t("hours.allHolidays")],
            ]}
          />
          {manage && (
            <Group gap="xs">
              <Button onClick={() => setEditing(true)}>{own ? t("hours.edit") : t("hours.add")}</Button>
              {own && (
                <Button variant="default" c="var(--status-bad)" onClick={() => setLeaving(true)}>
                  {t("hours.remove")}
                </Button>
              )}
            </Group>
          )}
        </>
      )}
      <ConfirmDialog
        opened={leaving}
        onClose={() => setLeaving(false)}
        title={t("hours.removeTitle", { unit: unitName(unit) })}
        body={t("hours.removeBody")}
        verb={t("hours.remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/units/{id}/working-time", {
              params: { path: { id: unit ?? "" }, header: { "If-Match": ifMatch(w.version) } },
            }),
          );
          await refresh();
        }}
      />
    </Stack>
  );
}

function HoursForm({
  unit,
  time: w,
  onClose,
  onSaved,
}: {
  unit: string;
  time: WorkingTime;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const [texts, setTexts] = useState(() => Object.fromEntries(dayNames.map((d) => [d, hoursText(w.days[d])])));
  const [zone, setZone] = useState(w.zone);
  const [ownHolidays, setOwnHolidays] = useState(w.ownHolidays);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const read = dayNames.map((d) => [d, readHours(texts[d] ?? "")] as const);
  const complete = read.every(([, hours]) => hours !== undefined);
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT("/api/v1/units/{id}/working-time", {
          params: {
            path: { id: unit },
            header: w.version > 0 ? { "If-Match": ifMatch(w.version) } : ({} as { "If-Match": string }),
          },
          body: { zone, ownHolidays, days: Object.fromEntries(read) as Week },
        }),
      );
      await onSaved();
      notifications.show({ message: t("hours.saved") });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Text size="xs" c="dimmed">
          {t("hours.help")}
        </Text>
        {read.map(([d, hours]) => (
          <TextInput
            key={d}
            label={t(`days.${d}`)}
            placeholder={t("hours.none")}
            autoComplete="off"
            value={texts[d]}
            error={hours === undefined ? t("hours.unreadable") : undefined}
            onChange={(e) => {
              const { value } = e.currentTarget;
              setTexts((all) => ({ ...all, [d]: value }));
            }}
          />
        ))}
        <ZoneSelect label={t("zone")} allowDeselect={false} value={zone} onChange={(z) => z && setZone(z)} />
        <Switch
          label={t("hours.ownHolidays")}
          checked={ownHolidays}
          onChange={(e) => setOwnHolidays(e.currentTarget.checked)}
        />
        <Group gap="xs">
          <Button type="submit" loading={busy} disabled={!complete}>
            {t("save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
