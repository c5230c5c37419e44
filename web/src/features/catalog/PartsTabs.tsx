import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useThisApplication } from "./ApplicationPage";
import { type Component, version } from "./queries";
import { t } from "./text";

/** The parts an application is made of. */
export function ComponentsTab() {
  const { data: a } = useThisApplication();
  const client = useQueryClient();
  const [editing, setEditing] = useState<Component | "new">();
  const [leaving, setLeaving] = useState<Component>();
  if (!a) return null;
  const may = a.allowedActs.includes("change_components");
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("application") });
  const known = editing && editing !== "new" ? editing : undefined;
  return (
    <PartTable
      add={may ? t("parts.addComponent") : undefined}
      onAdd={() => setEditing("new")}
      label={t("tabs.components")}
      empty={a.components.length === 0}
      title={t("parts.noComponents")}
      body={t("parts.noComponentsBody")}
      head={[t("name"), t("description"), t("repository")]}
      rows={a.components.map((c) => ({
        id: c.id,
        name: c.name,
        cells: [
          c.name,
          c.description || <Absent />,
          <Address key="r" url={c.repository?.url} path={c.repository?.pathPrefix} />,
        ],
        onEdit: may ? () => setEditing(c) : undefined,
        onRemove: may ? () => setLeaving(c) : undefined,
      }))}
    >
      {editing && (
        <PartForm
          title={known ? t("parts.editComponent", { name: known.name }) : t("parts.addComponent")}
          verb={known ? t("save") : t("parts.addComponent")}
          fields={{
            name: { label: t("name"), value: known?.name, required: true },
            description: { label: t("description"), value: known?.description },
            url: { label: t("parts.url"), value: known?.repository?.url },
            pathPrefix: {
              label: t("parts.folder"),
              about: t("parts.folderAbout"),
              value: known?.repository?.pathPrefix,
            },
          }}
          onClose={() => setEditing(undefined)}
          save={async (v) => {
            const body = {
              name: v.name ?? "",
              description: v.description,
              repository: v.url ? { url: v.url, pathPrefix: v.pathPrefix || undefined } : undefined,
            };
            if (known)
              await ok(
                api.PATCH("/api/v1/applications/{id}/components/{componentId}", {
                  params: { path: { id: a.id, componentId: known.id }, ...version(known.version) },
                  body: body as never,
                }),
              );
            else await ok(api.POST("/api/v1/applications/{id}/components", { params: { path: { id: a.id } }, body }));
            await refresh();
          }}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("parts.removeComponent", { name: leaving?.name })}
        body={t("parts.removeComponentBody")}
        verb={t("parts.remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/applications/{id}/components/{componentId}", {
              params: { path: { id: a.id, componentId: leaving?.id ?? "" }, ...version(leaving?.version ?? 0) },
            }),
          );
          await refresh();
        }}
      />
    </PartTable>
  );
}

/** Where an application's code lies; deployments and commits of these repositories belong to it. */
export function RepositoriesTab() {
  const { data: a } = useThisApplication();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<{ id: string; url: string }>();
  if (!a) return null;
  const may = a.allowedActs.includes("change_repositories");
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("application") });
  return (
    <PartTable
      add={may ? t("parts.addRepository") : undefined}
      onAdd={() => setAdding(true)}
      label={t("tabs.repositories")}
      empty={a.repositories.length === 0}
      title={t("parts.noRepositories")}
      body={t("parts.noRepositoriesBody")}
      head={[t("repository"), t("parts.folder"), t("parts.component")]}
      rows={a.repositories.map((r) => ({
        id: r.id,
        name: r.repositoryKey,
        cells: [
          <Address key="r" url={r.url} />,
          r.pathPrefix || <Absent />,
          a.components.find((c) => c.id === r.componentId)?.name ?? <Absent />,
        ],
        onRemove: may ? () => setLeaving(r) : undefined,
      }))}
    >
      {adding && (
        <PartForm
          title={t("parts.addRepository")}
          verb={t("parts.addRepository")}
          fields={{
            url: { label: t("parts.url"), about: t("parts.urlAbout"), required: true },
            pathPrefix: { label: t("parts.folder"), about: t("parts.folderAbout") },
          }}
          onClose={() => setAdding(false)}
          save={async (v) => {
            await ok(
              api.POST("/api/v1/applications/{id}/repositories", {
                params: { path: { id: a.id } },
                body: { url: v.url ?? "", pathPrefix: v.pathPrefix || undefined },
              }),
            );
            await refresh();
          }}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("parts.removeRepository", { name: a.name })}
        body={t("parts.removeRepositoryBody", { url: leaving?.url })}
        verb={t("parts.remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/applications/{id}/repositories/{repositoryId}", {
              params: { path: { id: a.id, repositoryId: leaving?.id ?? "" } },
            }),
          );
          await refresh();
        }}
      />
    </PartTable>
  );
}

function Address({ url, path }: { url?: string; path?: string }) {
  if (!url) return <Absent />;
  const text = `${url.replace(/^https?:\/\//, "")}${path ? ` · ${path}` : ""}`;
  return /^https?:\/\//.test(url) ? (
    <Anchor href={url} target="_blank" rel="noreferrer" fz="sm">
      {text}
    </Anchor>
  ) : (
    <Text size="sm">{text}</Text>
  );
}

interface Field {
  label: string;
  about?: string;
  value?: string;
  required?: boolean;
}

function PartForm({
  title,
  verb,
  fields,
  save,
  onClose,
}: {
  title: string;
  verb: string;
  fields: Record<string, Field>;
  save: (values: Record<string, string>) => Promise<void>;
  onClose: () => void;
}) {
  const { form, problem, busy, send } = useProblemForm<Record<string, string>>({
    initialValues: Object.fromEntries(Object.entries(fields).map(([k, f]) => [k, f.value ?? ""])),
    validate: (values) =>
      Object.fromEntries(
        Object.entries(fields).map(([k, f]) => [k, f.required && !values[k]?.trim() ? t("needThis") : null]),
      ),
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send(save).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          {Object.entries(fields).map(([k, f], i) => (
            <TextInput
              key={k}
              label={f.label}
              description={f.about}
              autoComplete="off"
              data-autofocus={i === 0 || undefined}
              {...form.getInputProps(k)}
            />
          ))}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
