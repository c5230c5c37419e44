import { Alert, Anchor, Button, Group, Menu, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconCopy, IconDotsVertical } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { useUrl } from "@/lib/url";
import { NamesStep } from "./NamesStep";
import { PreviewStep } from "./PreviewStep";
import { importAddress, type SheetImport, useImport, useImportActs } from "./queries";
import { ResultStep } from "./ResultStep";
import { isWorking, openSteps, type StepName, stateTones, stepOf, steps } from "./rules";
import { SetupStep } from "./SetupStep";
import classes from "./sheet.module.css";
import { t } from "./text";

/** One import, from its file to its result. It can be left at any step and found again. */
export function ImportPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const found = useImport(id);
  const crumbs = [
    { label: t("environments"), to: "/environments" },
    { label: t("title"), to: "/environments/import" },
  ];
  if (found.isError && !found.data) {
    return (
      <>
        <PageHeader title={t("title")} crumbs={crumbs} />
        <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      </>
    );
  }
  if (!found.data) {
    return (
      <>
        <PageHeader title={t("title")} crumbs={crumbs} />
        <Skeleton h={320} />
      </>
    );
  }
  return <Import of={found.data} crumbs={crumbs} />;
}

function Import({ of, crumbs }: { of: SheetImport; crumbs: { label: string; to: string }[] }) {
  const { search, set } = useUrl();
  const wanted = search.step as StepName | undefined;
  const open = openSteps(of);
  const step = wanted && open.includes(wanted) ? wanted : stepOf(of);
  const working = isWorking(of.state);

  // When the server has finished, the page goes on by itself to what there is to see.
  const before = useRef(of.state);
  useEffect(() => {
    if (before.current !== of.state && isWorking(before.current)) set({ step: undefined }, { replace: true });
    before.current = of.state;
  }, [of.state, set]);

  return (
    <Stack gap="md" pb="xl" maw={1200}>
      <PageHeader
        title={of.fileName}
        crumbs={crumbs}
        badge={<StatusBadge tone={stateTones[of.state] ?? "idle"}>{t(`states.${of.state}`)}</StatusBadge>}
      >
        <Acts of={of} />
      </PageHeader>
      <Steps of={of} step={step} open={open} onStep={(next) => set({ step: next })} />
      {of.sameAs && (
        <Alert variant="default" icon={<IconCopy size={18} />} title={t("same")}>
          <Text size="sm">
            {t("sameBody")}{" "}
            <Anchor component={Link} to={importAddress(of.sameAs) as never} fz="sm">
              {t("sameLink")}
            </Anchor>
          </Text>
        </Alert>
      )}
      {of.errorMessage && <Failure of={of} />}
      {working ? (
        <Working of={of} />
      ) : (
        <>
          {step === "setup" && <SetupStep key={`${of.choices.sheet} ${of.choices.headerRow} ${of.kind}`} of={of} />}
          {step === "names" && <NamesStep key={of.version} of={of} onDone={() => set({ step: "preview" })} />}
          {step === "preview" && <PreviewStep key={of.version} of={of} onNames={() => set({ step: "names" })} />}
          {step === "result" && <ResultStep of={of} />}
        </>
      )}
    </Stack>
  );
}

function Steps({
  of,
  step,
  open,
  onStep,
}: {
  of: SheetImport;
  step: StepName;
  open: StepName[];
  onStep: (step: StepName) => void;
}) {
  return (
    <nav aria-label={t("steps.label")}>
      <ol className={classes.steps}>
        {steps.map((name, i) => {
          const count = name === "names" && of.state === "checked" ? of.questions.length : 0;
          const label = t(`steps.${name}`);
          return (
            <li key={name}>
              <button
                type="button"
                className={classes.step}
                disabled={!open.includes(name)}
                aria-current={name === step ? "step" : undefined}
                onClick={() => onStep(name)}
              >
                {i + 1}. {count > 0 ? t("steps.count", { name: label, count }) : label}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function Failure({ of }: { of: SheetImport }) {
  const message = of.errorRow
    ? t("failedRow", { row: of.errorRow, message: of.errorMessage ?? "" })
    : (of.errorMessage ?? "");
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<IconAlertCircle color="var(--status-bad)" />}
      title={of.state === "done" ? t("undoFailed") : t("failedTitle")}
      style={{ borderColor: "var(--status-bad-solid)" }}
    >
      <Text size="sm">{message}</Text>
    </Alert>
  );
}

function Working({ of }: { of: SheetImport }) {
  const acts = useImportActs(of);
  const [problem, setProblem] = useState<unknown>();
  const share = of.progressTotal > 0 ? (100 * of.progressDone) / of.progressTotal : undefined;
  const state = of.state as "checking" | "running" | "undoing";
  return (
    <Stack gap="sm" aria-live="polite">
      <Text>{t(`working.${state}`)}</Text>
      <Progress value={share ?? 100} animated={share === undefined} aria-label={t(`states.${of.state}`)} />
      {share !== undefined && (
        <Text size="sm" c="dimmed">
          {t("working.progress", { done: of.progressDone, total: of.progressTotal })}
        </Text>
      )}
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        <Button variant="default" onClick={() => void acts.stop().catch(setProblem)}>
          {t("working.stop")}
        </Button>
      </Group>
    </Stack>
  );
}

function Acts({ of }: { of: SheetImport }) {
  const acts = useImportActs(of);
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px="xs" aria-label={t("acts")}>
            <IconDotsVertical size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={`/api/v1/environment-imports/${of.id}/file`} download>
            {t("download")}
          </Menu.Item>
          {of.actions.includes("discard") && <Menu.Item onClick={() => setAsking(true)}>{t("discard")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("discardTitle")}
        body={t("discardBody")}
        verb={t("discard")}
        danger
        onConfirm={async () => {
          await acts.discard();
          await navigate({ to: "/environments/import" as never });
        }}
      />
    </>
  );
}
