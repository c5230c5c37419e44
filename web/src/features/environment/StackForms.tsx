import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Modal,
  Select,
  Stack,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { Absent } from "@/components/Absent";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import classes from "./environment.module.css";
import { type Environment, type StackComponent, type StackHost, useLookup, version } from "./queries";
import { t } from "./text";

/** The installed version, changed where it stands: click or Enter, type, Enter. */
export function VersionCell({
  environment,
  component: c,
  may,
  onSaved,
}: {
  environment: string;
  component: StackComponent;
  may: boolean;
  onSaved: () => Promise<unknown>;
}) {
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  const open = typed !== undefined;
  useEffect(() => {
    if (!open && wasOpen.current) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  if (!may) return <span>{c.installedVersion || <Absent />}</span>;
  if (!open)
    return (
      <UnstyledButton
        ref={button}
        fz="sm"
        aria-label={t("stack.setVersion", { name: c.name, version: c.installedVersion || t("stack.noVersion") })}
        onClick={() => setTyped(c.installedVersion ?? "")}
      >
        <u style={{ textDecorationStyle: "dotted", textUnderlineOffset: 3 }}>
          {c.installedVersion || t("stack.noVersion")}
        </u>
      </UnstyledButton>
    );
  const save = async () => {
    if (typed === (c.installedVersion ?? "")) return setTyped(undefined);
    setBusy(true);
    setError(undefined);
    try {
      await ok(
        api.PATCH("/api/v1/environments/{id}/components/{component}", {
          params: { path: { id: environment, component: c.id }, ...version(c.version) },
          body: { installedVersion: typed },
        }),
      );
      await onSaved();
      setTyped(undefined);
      notifications.show({
        message: t("stack.versionSaved", { name: c.name, version: typed || t("stack.noVersion") }),
      });
    } catch (e) {
      const problem = asProblem(e);
      setError(problem.message);
      if (problem.code === "stale") await onSaved();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.versionEdit}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <TextInput
        size="xs"
        aria-label={t("stack.versionOf", { name: c.name })}
        value={typed}
        error={error}
        autoFocus
        maxLength={200}
        onChange={(e) => setTyped(e.currentTarget.value)}
        onKeyDown={(e) => e.key === "Escape" && setTyped(undefined)}
      />
      <ActionIcon type="submit" size="md" loading={busy} aria-label={t("save")}>
        <IconCheck size={16} />
      </ActionIcon>
      <ActionIcon size="md" aria-label={t("cancel")} onClick={() => setTyped(undefined)}>
        <IconX size={16} />
      </ActionIcon>
    </form>
  );
}

function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: React.ReactNode }) {
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("cancel") }}>
      {children}
    </Modal>
  );
}

export function HostForm({
  environment,
  host,
  onClose,
  onSaved,
}: {
  environment: string;
  host?: StackHost;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { name: host?.name ?? "", description: host?.description ?? "" },
    validate: { name: (v: string) => (v.trim() ? null : t("needName")) },
  });
  const save = (v: { name: string; description: string }) =>
    host
      ? ok(
          api.PATCH("/api/v1/environments/{id}/hosts/{host}", {
            params: { path: { id: environment, host: host.id }, ...version(host.version) },
            body: v,
          }),
        )
      : ok(
          api.POST("/api/v1/environments/{id}/hosts", {
            params: { path: { id: environment } },
            body: { name: v.name, description: v.description || undefined },
          }),
        );
  return (
    <Dialog title={host ? t("stack.editHost", { name: host.name }) : t("stack.addHost")} onClose={onClose}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send(async (v) => {
            await save(v);
            await onSaved();
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput label={t("name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <TextInput label={t("description")} autoComplete="off" {...form.getInputProps("description")} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {host ? t("save") : t("stack.addHost")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

export function ComponentForm({
  environment,
  hosts,
  host,
  component,
  onClose,
  onSaved,
}: {
  environment: string;
  hosts: StackHost[];
  host?: StackHost;
  component?: StackComponent;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { data: layers = [] } = useLookup("stack_layer");
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      host: host?.name ?? "",
      layer: component?.layerId ?? (null as string | null),
      application: component?.applicationId ?? (null as string | null),
      name: component?.name ?? "",
      installedVersion: component?.installedVersion ?? "",
      summary: component?.summary ?? false,
    },
    validate: { name: (v: string, all) => (v.trim() || all.application ? null : t("stack.needNameOrApplication")) },
  });
  const save = (v: typeof form.values) =>
    component
      ? ok(
          api.PATCH("/api/v1/environments/{id}/components/{component}", {
            params: { path: { id: environment, component: component.id }, ...version(component.version) },
            body: {
              host: v.host,
              layer: v.layer ?? undefined,
              name: v.name,
              installedVersion: v.installedVersion,
              summary: v.summary,
              // The part of the application stays unless another application is chosen.
              ...(v.application === (component.applicationId ?? null) ? {} : { application: v.application ?? "" }),
            },
          }),
        )
      : ok(
          api.POST("/api/v1/environments/{id}/components", {
            params: { path: { id: environment } },
            body: {
              host: v.host || undefined,
              layer: v.layer ?? undefined,
              name: v.name || undefined,
              installedVersion: v.installedVersion || undefined,
              application: v.application ?? undefined,
              summary: v.summary,
            },
          }),
        );
  return (
    <Dialog title={component ? t("editTitle", { name: component.name }) : t("stack.addComponent")} onClose={onClose}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send(async (v) => {
            await save(v);
            await onSaved();
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <RemotePicker
            label={t("application")}
            description={t("stack.applicationAbout")}
            clearable
            source={applicationPicker}
            value={form.values.application}
            error={form.errors.application}
            onChange={(v) => form.setFieldValue("application", v)}
          />
          <TextInput
            label={t("name")}
            description={t("stack.nameAbout")}
            data-autofocus
            autoComplete="off"
            {...form.getInputProps("name")}
          />
          <TextInput label={t("version")} autoComplete="off" {...form.getInputProps("installedVersion")} />
          <Autocomplete
            label={t("stack.host")}
            description={t("stack.hostAbout")}
            data={hosts.map((h) => h.name)}
            {...form.getInputProps("host")}
          />
          <Select
            label={t("stack.layer")}
            placeholder={layers.find((l) => l.default)?.name}
            data={layers.map((l) => ({ value: l.id, label: l.name }))}
            {...form.getInputProps("layer")}
          />
          <Checkbox
            label={t("stack.summaryLabel")}
            description={t("stack.summaryAbout")}
            {...form.getInputProps("summary", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {component ? t("save") : t("stack.addComponent")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** Takes the hosts and components of another environment over. */
export function CopyStack({
  environment: e,
  onClose,
  onSaved,
}: {
  environment: Environment;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { from: null as string | null, versions: true, replace: false },
    validate: { from: (v) => (v ? null : t("stack.needFrom")) },
  });
  return (
    <Dialog title={t("stack.copyTitle", { name: e.name })} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send(async (v) => {
            await ok(
              api.POST("/api/v1/environments/{id}/stack/copy", {
                params: { path: { id: e.id } },
                body: { ...v, from: v.from ?? "" },
              }),
            );
            await onSaved();
            notifications.show({ message: t("stack.copied") });
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <RemotePicker
            label={t("stack.from")}
            source={environmentPicker}
            value={form.values.from}
            error={form.errors.from}
            onChange={(v) => form.setFieldValue("from", v)}
            data-autofocus
          />
          <Checkbox label={t("stack.withVersions")} {...form.getInputProps("versions", { type: "checkbox" })} />
          <Checkbox
            label={t("stack.replace")}
            description={t("stack.replaceAbout")}
            {...form.getInputProps("replace", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("stack.copyVerb")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
