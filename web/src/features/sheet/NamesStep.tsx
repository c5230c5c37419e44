import { Button, Group, Radio, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { pickers, type Question, type SheetImport, useImportActs, type ValueChoice } from "./queries";
import { type Decisions, decisionKey, undecided, withDecisions } from "./rules";
import classes from "./sheet.module.css";
import { t } from "./text";

type NameKind =
  | "application"
  | "usage"
  | "status"
  | "layer"
  | "person"
  | "environment"
  | "group"
  | "unit"
  | "date_order";

/** What names mean that are not known: decided once for each, whatever the rows it stands in. */
export function NamesStep({ of, onDone }: { of: SheetImport; onDone: () => void }) {
  const acts = useImportActs(of);
  const [decisions, setDecisions] = useState<Decisions>({});
  const [order, setOrder] = useState<string>(of.choices.dateOrder ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const kinds = [...new Set(of.questions.map((q) => q.kind))] as NameKind[];
  const left = undecided(of.questions, decisions, order).length;

  if (of.questions.length === 0) {
    return (
      <EmptyState
        icon={IconCircleCheck}
        title={t("names.none")}
        body={t("names.noneBody")}
        action={<Button onClick={onDone}>{t("steps.preview")}</Button>}
      />
    );
  }
  const decide = (q: Question, choice: ValueChoice) =>
    setDecisions((before) => ({ ...before, [decisionKey(q)]: choice }));
  const decideAll = (kind: string, act: "create" | "skip") =>
    setDecisions((before) => {
      const next = { ...before };
      for (const q of of.questions) {
        if (q.kind === kind && (act === "skip" || q.mayCreate)) next[decisionKey(q)] = { act };
      }
      return next;
    });
  const check = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await acts.check({
        values: withDecisions(of.choices.values, of.questions, decisions),
        ...(order === "dmy" || order === "mdy" ? { dateOrder: order } : {}),
      });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Stack gap="md">
      <Text size="sm">{t("names.about")}</Text>
      {kinds.map((kind) => {
        const list = of.questions.filter((q) => q.kind === kind);
        return (
          <Stack key={kind} gap="xs" component="section" aria-label={t(`names.kind.${kind}`)}>
            <Group justify="space-between">
              <Title order={2} fz="md">
                {t(`names.kind.${kind}`)}
              </Title>
              {kind !== "date_order" && list.length > 1 && (
                <Group gap="xs">
                  {list.some((q) => q.mayCreate) && (
                    <Button size="compact-sm" variant="default" onClick={() => decideAll(kind, "create")}>
                      {t("names.createAll")}
                    </Button>
                  )}
                  <Button size="compact-sm" variant="default" onClick={() => decideAll(kind, "skip")}>
                    {t("names.skipAll")}
                  </Button>
                </Group>
              )}
            </Group>
            {list.map((q) =>
              kind === "date_order" ? (
                <Radio.Group
                  key="order"
                  className={classes.question}
                  label={t("names.order")}
                  description={t("names.orderAbout", { count: q.count })}
                  value={order}
                  onChange={setOrder}
                >
                  <Group mt="xs">
                    <Radio value="dmy" label={t("names.dmy")} />
                    <Radio value="mdy" label={t("names.mdy")} />
                  </Group>
                </Radio.Group>
              ) : (
                <NameQuestion
                  key={decisionKey(q)}
                  question={q}
                  choice={decisions[decisionKey(q)]}
                  onChoose={(choice) => decide(q, choice)}
                />
              ),
            )}
          </Stack>
        );
      })}
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        <Button loading={busy} disabled={left === of.questions.length} onClick={() => void check()}>
          {t("setup.checkAgain")}
        </Button>
        {left > 0 && (
          <Text size="sm" c="dimmed" aria-live="polite">
            {t("names.left", { count: left })}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function NameQuestion({
  question: q,
  choice,
  onChoose,
}: {
  question: Question;
  choice: ValueChoice | undefined;
  onChoose: (choice: ValueChoice) => void;
}) {
  const name = q.value ?? "";
  const source = pickers[q.kind];
  return (
    <Radio.Group
      className={classes.question}
      label={name}
      description={`${t("names.cells", { count: q.count })}, ${t("names.rows", { rows: q.rows.join(", ") })}`}
      value={choice?.act ?? ""}
      onChange={(act) => onChoose({ act: act as ValueChoice["act"], to: choice?.to })}
    >
      <Group mt="xs" align="center">
        <Radio value="map" label={t("names.map")} />
        <Radio value="create" label={t("names.create")} disabled={!q.mayCreate} />
        <Radio value="skip" label={t("names.skip")} />
      </Group>
      {!q.mayCreate && q.whyNot && (
        <Text size="xs" c="dimmed" mt={4}>
          {q.whyNot}
        </Text>
      )}
      {q.suggestions.length > 0 && choice?.act !== "create" && choice?.act !== "skip" && (
        <Group gap="xs" mt="xs">
          <Text size="sm">{t("names.suggested")}</Text>
          {q.suggestions.map((s) => (
            <Button
              key={s.id}
              size="compact-sm"
              variant={choice?.to === s.id ? "filled" : "default"}
              aria-pressed={choice?.to === s.id}
              onClick={() => onChoose({ act: "map", to: s.id })}
            >
              {s.label}
            </Button>
          ))}
        </Group>
      )}
      {choice?.act === "map" && source && (
        <RemotePicker
          mt="xs"
          maw={420}
          aria-label={t("names.to", { name })}
          source={source}
          value={choice.to}
          onChange={(to) => onChoose({ act: "map", to: to ?? undefined })}
        />
      )}
    </Radio.Group>
  );
}
