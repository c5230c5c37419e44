import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { ClashesPart } from "./ClashesPart";
import { type SheetImport, useImportActs } from "./queries";
import { CountBadges, RowsPart } from "./RowsPart";
import { t } from "./text";

/** What would happen, row by row, before anything is saved. */
export function PreviewStep({ of, onNames }: { of: SheetImport; onNames: () => void }) {
  const acts = useImportActs(of);
  const [skip, setSkip] = useState(of.choices.skipInvalid);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const writes = of.counts.new + of.counts.changed;
  const blocked = of.questions.length > 0;

  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      // Whether faulty rows may stay out is part of what is checked, so that the run does exactly what was shown.
      if (skip !== of.choices.skipInvalid) await acts.check({ skipInvalid: skip });
      else await acts.run();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const changedMind = skip !== of.choices.skipInvalid;

  return (
    <Stack gap="md">
      <CountBadges of={of} />
      {of.notes.map((n) => (
        <Text key={n.code} size="sm">
          {n.message}
        </Text>
      ))}
      {of.counts.created > 0 && <Text size="sm">{t("preview.created", { count: of.counts.created })}</Text>}
      {blocked && (
        <EmptyState
          title={t("preview.openFirst")}
          action={
            <Button variant="default" onClick={onNames}>
              {t("steps.count", { name: t("steps.names"), count: of.questions.length })}
            </Button>
          }
        />
      )}
      {of.counts.clashes > 0 && <ClashesPart of={of} />}
      <RowsPart of={of} />
      {of.counts.invalid > 0 && (
        <Stack gap={4}>
          <Text size="sm">{t("preview.correct")}</Text>
          <Checkbox
            label={t("preview.skipInvalid")}
            checked={skip}
            onChange={(e) => setSkip(e.currentTarget.checked)}
          />
        </Stack>
      )}
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group align="end">
        <Button
          loading={busy}
          disabled={blocked || (!changedMind && (!of.runnable || writes === 0))}
          onClick={() => void run()}
        >
          {changedMind ? t("setup.checkAgain") : t("preview.run", { count: writes })}
        </Button>
        {!blocked && writes === 0 && of.counts.invalid === 0 && <Text size="sm">{t("preview.nothingToDo")}</Text>}
      </Group>
      <SaveMapping of={of} />
    </Stack>
  );
}

/** Keeps what was chosen under a name, for everybody and for pipelines. */
function SaveMapping({ of }: { of: SheetImport }) {
  const acts = useImportActs(of);
  const [name, setName] = useState("");
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const save = async () => {
    setProblem(undefined);
    try {
      await acts.saveMapping(name);
      setDone(true);
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <Stack gap="xs">
      <Group align="end" gap="xs">
        <TextInput
          label={t("preview.mappingName")}
          maxLength={100}
          value={name}
          onChange={(e) => {
            setName(e.currentTarget.value);
            setDone(false);
          }}
        />
        <Button variant="default" disabled={name.trim() === ""} onClick={() => void save()}>
          {t("preview.saved")}
        </Button>
      </Group>
      <Text size="sm" aria-live="polite">
        {done ? t("preview.mappingSaved") : ""}
      </Text>
      {problem !== undefined && <ProblemAlert error={problem} />}
    </Stack>
  );
}
