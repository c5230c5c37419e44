import { Button, Group, Modal, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { type Connection, type Kind, useRefresh, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  unitId: string;
  intervalMinutes: number;
  settings: Record<string, string>;
}

const valuesOf = (c: Connection): Values => ({
  name: c.name,
  unitId: c.unitId,
  intervalMinutes: c.intervalMinutes,
  settings: c.settings ?? {},
});

/** Edits a connection; a secret that is left empty stays as it is. */
export function ConnectionForm({
  connection: c,
  kind,
  onClose,
}: {
  connection: Connection;
  kind: Kind;
  onClose: () => void;
}) {
  const refresh = useRefresh();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const [credential, setCredential] = useState("");
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: valuesOf(c) });
  const { values, setFieldValue } = form;
  const stale = useStaleSave<Values>({
    name: c.name,
    labels: { name: t("name"), unitId: t("unit"), intervalMinutes: t("interval"), settings: t("wizard.settings") },
    read: (x: Connection) => valuesOf(x),
    show: (field, value) =>
      field === "unitId" ? unitName(String(value)) : typeof value === "object" ? JSON.stringify(value) : String(value),
    put: (body, based) =>
      ok(
        api.PATCH("/api/v1/connections/{id}", {
          params: { path: { id: c.id }, ...version(based) },
          body: { ...body, intervalMinutes: Number(body.intervalMinutes), credential: credential || undefined },
        }),
      ),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("editTitle", { name: c.name })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send((v) => stale.save(valuesOf(c), v, c.version)).then(async (done) => {
            if (!done) return;
            await refresh();
            onClose();
          });
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput label={t("name")} data-autofocus {...form.getInputProps("name")} />
          <TreeSelect
            label={t("unit")}
            items={units}
            value={values.unitId}
            onChange={(v) => v && setFieldValue("unitId", v)}
          />
          {(kind.settings ?? []).map((s) => {
            const put = (v: string) => setFieldValue("settings", { ...values.settings, [s.name]: v });
            return s.options?.length ? (
              <Select
                key={s.name}
                label={s.title}
                description={s.help}
                data={s.options}
                allowDeselect={false}
                value={values.settings[s.name] ?? s.default ?? null}
                onChange={(v) => put(v ?? "")}
              />
            ) : (
              <TextInput
                key={s.name}
                label={s.title}
                description={s.help}
                value={values.settings[s.name] ?? ""}
                onChange={(e) => put(e.currentTarget.value)}
              />
            );
          })}
          {kind.credential && (
            <PasswordInput
              label={kind.credential}
              description={c.hasCredential ? t("secretKept") : kind.credentialHelp}
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
              hideControls
              value={values.intervalMinutes}
              onChange={(v) => setFieldValue("intervalMinutes", Number(v))}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
        {stale.dialog}
      </form>
    </Modal>
  );
}
