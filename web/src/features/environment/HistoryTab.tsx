import { Anchor, Button, Chip, Group, Skeleton, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { type Icon, IconCalendar, IconPackage, IconPencil, IconPlugConnectedX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { dayOf } from "@/lib/day";
import { localDay, localTime, utcTime } from "@/lib/time";
import { useUrl } from "@/lib/url";
import { useThisEnvironment } from "./EnvironmentPage";
import classes from "./environment.module.css";
import { byDay, type Entry, type HistoryKind, historyKinds, kindsOf } from "./history";
import { t } from "./text";
import { useHistory } from "./useHistory";

const signs: Record<HistoryKind, Icon> = {
  change: IconPencil,
  version: IconPackage,
  outage: IconPlugConnectedX,
  booking: IconCalendar,
};

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Everything that happened to an environment on one line of time: changes, versions, outages and bookings. */
export function HistoryTab() {
  const { data: e } = useThisEnvironment();
  return e ? <History id={e.id} /> : null;
}

function History({ id }: { id: string }) {
  const { search, set } = useUrl();
  const kinds = kindsOf(search.kinds);
  const history = useHistory(id, kinds, search.from, search.to);
  const narrowed = kinds.length < historyKinds.length || Boolean(search.from || search.to);
  const put = (chosen: string[]) => {
    const all = chosen.length === 0 || chosen.length === historyKinds.length;
    set({ kinds: all ? undefined : chosen.join(",") }, { replace: true });
  };
  return (
    <Stack gap="md" py="md">
      <Group gap="md" align="flex-end">
        <Chip.Group multiple value={kinds} onChange={put}>
          <Group gap={6} role="group" aria-label={t("history.what")}>
            {historyKinds.map((k) => (
              <Chip key={k} value={k} size="sm" radius="sm" variant="outline">
                {t(`history.kinds.${k}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Group gap="xs">
          <TextInput
            type="date"
            label={t("history.from")}
            value={search.from ?? ""}
            onChange={(e) => set({ from: e.currentTarget.value || undefined }, { replace: true })}
          />
          <TextInput
            type="date"
            label={t("history.to")}
            value={search.to ?? ""}
            onChange={(e) => set({ to: e.currentTarget.value || undefined }, { replace: true })}
          />
        </Group>
        <Anchor
          component={Link}
          to={"/history" as string}
          search={{ subjectKind: "environment", subjectId: id } as never}
          fz="sm"
          pb={8}
        >
          {t("history.audit")}
        </Anchor>
        {narrowed && (
          <Button variant="default" onClick={() => set({ kinds: undefined, from: undefined, to: undefined })}>
            {t("history.clear")}
          </Button>
        )}
      </Group>
      {history.error && <ProblemAlert error={history.error} onRetry={history.retry} />}
      {history.pending && !history.error ? (
        <Stack gap="xs" aria-busy>
          {[1, 2, 3, 4, 5, 6].map((n) => (
            <Skeleton key={n} h={32} />
          ))}
        </Stack>
      ) : (
        <>
          {history.entries.length === 0 && !history.more && !history.error && (
            <EmptyState
              title={t(narrowed ? "history.filteredOut" : "history.emptyTitle")}
              body={narrowed ? undefined : t("history.emptyBody")}
            />
          )}
          {byDay(history.entries, dayOf).map((d) => (
            <section key={d.day}>
              <h2 className={classes.historyDay}>{localDay(new Date(`${d.day}T12:00`))}</h2>
              <ul className={classes.history}>
                {d.entries.map((e) => (
                  <Line key={`${e.kind} ${e.id}`} entry={e} />
                ))}
              </ul>
            </section>
          ))}
          {history.more && (
            <Button
              variant="default"
              loading={history.reading}
              onClick={history.readOn}
              style={{ alignSelf: "flex-start" }}
            >
              {t("more")}
            </Button>
          )}
        </>
      )}
    </Stack>
  );
}

function Line({ entry: e }: { entry: Entry }) {
  const Sign = signs[e.kind];
  const at = new Date(e.at);
  return (
    <li className={classes.historyLine}>
      <span className={classes.historyClock}>
        <Tooltip label={`${localTime(at)} · ${utcTime(at)}`}>
          <time dateTime={e.at}>{clock.format(at)}</time>
        </Tooltip>
      </span>
      <span className={classes.historyKind}>
        <Sign size={16} aria-hidden />
        {t(`history.one.${e.kind}`)}
      </span>
      <span className={classes.historyText}>
        {e.to ? (
          <Anchor component={Link} to={e.to} fz="sm">
            {e.text}
          </Anchor>
        ) : (
          e.text
        )}
        {e.detail && (
          <Text size="xs" c="dimmed">
            {e.detail}
          </Text>
        )}
      </span>
    </li>
  );
}
