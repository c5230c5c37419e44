import { Anchor, Button, Group, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { type Span, Timeline } from "@/components/timeline";
import { type Clash, type ClashChoice, type SheetImport, useClashes, useImportActs } from "./queries";
import { clashRows, hull } from "./rules";
import classes from "./sheet.module.css";
import { t } from "./text";

const choices = ["request", "skip", "wait"] as const;

/** Bookings that do not go together, as pairs and over time, with what becomes of each row. */
export function ClashesPart({ of }: { of: SheetImport }) {
  const acts = useImportActs(of);
  const found = useClashes(of, true);
  const clashes = useMemo(() => found.data?.pages.flatMap((p) => p.items) ?? [], [found.data]);
  const before = (of.choices.rowClashes ?? {}) as Record<string, ClashChoice>;
  const [chosen, setChosen] = useState<Record<string, ClashChoice>>(before);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const editable = of.actions.includes("choose");
  const touched = JSON.stringify(chosen) !== JSON.stringify(before);

  const choose = (row: number, choice: string) => {
    const { [String(row)]: _, ...rest } = chosen;
    setChosen(choice === "" ? rest : { ...rest, [String(row)]: choice as ClashChoice });
  };
  const apply = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await acts.check({ rowClashes: chosen });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Stack gap="xs" component="section" aria-label={t("clashes.title", { count: of.counts.clashes })}>
      <Title order={2} fz="md">
        {t("clashes.title", { count: of.counts.clashes })}
      </Title>
      {editable && <Text size="sm">{t("clashes.about")}</Text>}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Skeleton h={160} />}
      <OverTime clashes={clashes} />
      {clashes.length > 0 && (
        <PartTable
          label={t("clashes.title", { count: of.counts.clashes })}
          empty={false}
          title=""
          head={[
            t("clashes.environment"),
            t("clashes.row"),
            t("clashes.other"),
            t("clashes.shared"),
            ...(editable ? [t("clashes.choice")] : []),
          ]}
          rows={clashes.map((c) => ({
            id: String(c.position),
            name: c.row.label,
            cells: [
              c.environment,
              <Side key="row" side={c.row} />,
              <Side key="other" side={c.other} held={c.held} />,
              <span key="shared">
                <TimeText value={c.from} plain /> – <TimeText value={c.to} plain />
              </span>,
              ...(editable
                ? [
                    <Select
                      key="choice"
                      size="xs"
                      aria-label={t("clashes.choiceOf", { row: c.row.number ?? 0 })}
                      allowDeselect={false}
                      data={[
                        {
                          value: "",
                          label: t("clashChoices.default", { choice: t(`clashChoices.${of.choices.clashes}`) }),
                        },
                        ...choices.map((v) => ({ value: v, label: t(`clashChoices.${v}`) })),
                      ]}
                      value={chosen[String(c.row.number)] ?? ""}
                      onChange={(v) => choose(c.row.number ?? 0, v ?? "")}
                    />,
                  ]
                : []),
            ],
          }))}
        />
      )}
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        {found.hasNextPage && (
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("clashes.more")}
          </Button>
        )}
        {touched && (
          <Button loading={busy} onClick={() => void apply()}>
            {t("clashes.apply")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Side({ side, held }: { side: Clash["row"]; held?: boolean }) {
  return (
    <Stack gap={2} align="flex-start">
      <Text size="sm">
        {side.number ? `${t("clashes.rowNumber", { number: side.number })}: ` : ""}
        {side.bookingId ? (
          <Anchor component={Link} to={`/bookings/${side.bookingId}` as never} fz="sm">
            {`${side.reference ?? ""} ${side.label}`.trim()}
          </Anchor>
        ) : (
          side.label
        )}
      </Text>
      <Text size="xs" c="dimmed">
        <TimeText value={side.from} plain /> – <TimeText value={side.to} plain />
      </Text>
      {held !== undefined && (
        <StatusBadge tone={held ? "good" : "attention"}>{held ? t("clashes.held") : t("clashes.wanted")}</StatusBadge>
      )}
    </Stack>
  );
}

/** The same pairs drawn over time; on a phone the table says it all. */
function OverTime({ clashes }: { clashes: Clash[] }) {
  const rows = useMemo(() => clashRows(clashes), [clashes]);
  const whole = useMemo(() => hull(rows), [rows]);
  const [view, setView] = useState<Span>();
  if (!whole) return null;
  return (
    <div className={classes.timeline}>
      <Timeline
        label={t("clashes.timeline")}
        rows={rows}
        view={view ?? whole}
        onView={setView}
        now={Date.now()}
        describe={(bar, row) => `${row.label}: ${bar.label}`}
      />
    </div>
  );
}
