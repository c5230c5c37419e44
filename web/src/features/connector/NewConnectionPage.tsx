import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Skeleton,
  Stack,
  Stepper,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCircleCheck } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { useUnits } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useUnitScope } from "@/lib/url";
import classes from "./connector.module.css";
import { type Connection, type Kind, useKinds, useRefresh } from "./queries";
import { ScopeChooser } from "./ScopesTab";
import { t } from "./text";

/** Adds a connection step by step: the tool, its settings, whether it answers, what to collect. */
export function NewConnectionPage() {
  const kinds = useKinds();
  const narrow = useMediaQuery("(max-width: 48em)");
  const [kind, setKind] = useState<Kind>();
  const [connection, setConnection] = useState<Connection>();
  const [verified, setVerified] = useState<Schema<"ConnectorVerification">>();
  const step = !kind ? 0 : !connection ? 1 : !verified ? 2 : 3;
  if (kinds.isPending) return <Skeleton h={320} my="md" />;
  return (
    <Stack gap="md" pb="xl" maw={820}>
      <PageHeader
        title={t("wizard.title")}
        about={t("wizard.about")}
        crumbs={[{ label: t("title"), to: "/connections" }]}
      />
      {kinds.isError && <ProblemAlert error={kinds.error} onRetry={() => void kinds.refetch()} />}
      <Stepper active={step} size="xs" orientation={narrow ? "vertical" : "horizontal"} iconSize={28}>
        <Stepper.Step label={t("wizard.tool")} />
        <Stepper.Step label={t("wizard.settings")} />
        <Stepper.Step label={t("wizard.verify")} />
        <Stepper.Step label={t("wizard.scopes")} />
      </Stepper>
      {!kind && (
        <div className={classes.kinds}>
          {kinds.data?.map((k) => (
            <UnstyledButton key={k.kind} className={classes.kind} onClick={() => setKind(k)}>
              <Text fw={600} size="sm">
                {k.title}
              </Text>
              <Text size="sm" c="dimmed">
                {k.summary}
              </Text>
            </UnstyledButton>
          ))}
        </div>
      )}
      {kind && !connection && <Settings kind={kind} onBack={() => setKind(undefined)} onMade={setConnection} />}
      {kind && connection && !verified && <Verify kind={kind} connection={connection} onDone={setVerified} />}
      {kind && connection && verified && <Scopes kind={kind} connection={connection} verified={verified} />}
    </Stack>
  );
}

function Settings({ kind, onBack, onMade }: { kind: Kind; onBack: () => void; onMade: (c: Connection) => void }) {
  const { data: units = [] } = useUnits();
  const scope = useUnitScope();
  const refresh = useRefresh();
  const [name, setName] = useState(kind.title);
  const [unit, setUnit] = useState<string | null>(scope ?? null);
  const [values, setValues] = useState<Record<string, string>>(
    Object.fromEntries((kind.settings ?? []).map((s) => [s.name, s.default ?? ""])),
  );
  const [credential, setCredential] = useState("");
  const [minutes, setMinutes] = useState<number | string>(60);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const unitId = unit ?? (units.length === 1 ? units[0]?.id : undefined) ?? units[0]?.id ?? "";
  const missing = (kind.settings ?? []).some((s) => s.required && !values[s.name]?.trim());
  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await ok(
        api.POST("/api/v1/connections", {
          body: {
            kind: kind.kind,
            name: name.trim(),
            unitId,
            settings: Object.fromEntries(Object.entries(values).filter(([, v]) => v.trim())),
            credential: credential || undefined,
            intervalMinutes: kind.pulls ? Number(minutes) || undefined : undefined,
          },
        }),
      );
      await refresh();
      onMade(made);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const wrong = (field: string) => {
    const f = problem ? asProblem(problem).fields.find((x) => x.path.endsWith(field)) : undefined;
    return f?.message;
  };
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm" maw={560}>
        {problem !== undefined && <ProblemAlert error={problem} />}
        <TextInput
          label={t("name")}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          error={wrong("name")}
          data-autofocus
        />
        <TreeSelect label={t("unit")} description={t("unitAbout")} items={units} value={unitId} onChange={setUnit} />
        {(kind.settings ?? []).map((s) =>
          s.options?.length ? (
            <Select
              key={s.name}
              label={s.title}
              description={s.help}
              data={s.options}
              allowDeselect={false}
              value={values[s.name] ?? null}
              onChange={(v) => setValues((x) => ({ ...x, [s.name]: v ?? "" }))}
              error={wrong(s.name)}
            />
          ) : (
            <TextInput
              key={s.name}
              label={s.title}
              description={s.help}
              required={s.required}
              value={values[s.name] ?? ""}
              onChange={(e) => {
                const v = e.currentTarget.value;
                setValues((x) => ({ ...x, [s.name]: v }));
              }}
              error={wrong(s.name)}
              autoComplete="off"
            />
          ),
        )}
        {kind.credential && (
          <PasswordInput
            label={kind.credential}
            description={kind.credentialHelp}
            value={credential}
            onChange={(e) => setCredential(e.currentTarget.value)}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": t("wizard.showSecret") }}
          />
        )}
        {kind.pulls && (
          <NumberInput
            label={t("interval")}
            description={t("intervalAbout")}
            min={5}
            max={10080}
            value={minutes}
            onChange={setMinutes}
            hideControls
            w={200}
          />
        )}
        <Group gap="xs">
          <Button variant="default" onClick={onBack}>
            {t("wizard.back")}
          </Button>
          <Button type="submit" loading={busy} disabled={!name.trim() || missing || !unitId}>
            {t("wizard.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Verify({
  kind,
  connection,
  onDone,
}: {
  kind: Kind;
  connection: Connection;
  onDone: (v: Schema<"ConnectorVerification">) => void;
}) {
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  return (
    <Stack gap="sm" maw={560}>
      <Text size="sm">{t("wizard.verifyAbout", { kind: kind.title })}</Text>
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group gap="xs">
        <Button
          loading={busy}
          onClick={async () => {
            setBusy(true);
            setProblem(undefined);
            try {
              onDone(
                await ok(
                  api.POST("/api/v1/connections/{id}/verifications", { params: { path: { id: connection.id } } }),
                ),
              );
              await refresh();
            } catch (error) {
              setProblem(error);
            } finally {
              setBusy(false);
            }
          }}
        >
          {t("verify")}
        </Button>
        <Button variant="default" onClick={() => void navigate({ to: `/connections/${connection.id}` as string })}>
          {t("wizard.later")}
        </Button>
      </Group>
    </Stack>
  );
}

function Scopes({
  kind,
  connection,
  verified,
}: {
  kind: Kind;
  connection: Connection;
  verified: Schema<"ConnectorVerification">;
}) {
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const page = `/connections/${connection.id}`;
  return (
    <Stack gap="sm">
      <Alert variant="default" icon={<IconCircleCheck color="var(--status-good)" />} title={t("wizard.answers")}>
        {verified.account && <Text size="sm">{t("wizard.as", { account: verified.account })}</Text>}
        {[...(verified.missing ?? []), ...(verified.notes ?? [])].map((n) => (
          <Text size="sm" key={n}>
            {n}
          </Text>
        ))}
      </Alert>
      {kind.pulls ? <ScopeChooser connection={connection.id} /> : <Text size="sm">{t("wizard.noScopes")}</Text>}
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group gap="xs">
        {kind.pulls && (
          <Button
            loading={busy}
            onClick={async () => {
              setBusy(true);
              setProblem(undefined);
              try {
                await ok(
                  api.POST("/api/v1/connections/{id}/runs", {
                    params: { path: { id: connection.id } },
                    body: { kind: "PULL" },
                  }),
                );
                await refresh();
                await navigate({ to: `${page}/runs` as string });
              } catch (error) {
                setProblem(error);
              } finally {
                setBusy(false);
              }
            }}
          >
            {t("run")}
          </Button>
        )}
        <Button variant="default" onClick={() => void navigate({ to: page as string })}>
          {t("wizard.done")}
        </Button>
      </Group>
    </Stack>
  );
}
