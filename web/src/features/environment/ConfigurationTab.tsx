import {
  Button,
  Checkbox,
  Code,
  Group,
  Modal,
  Select,
  Skeleton,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLock, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { fromMinute, minuteOf } from "@/lib/day";
import { useUrl } from "@/lib/url";
import { useThisEnvironment } from "./EnvironmentPage";
import { DataMark } from "./Marks";
import { dataClasses, type EnvironmentView } from "./queries";
import { readItems } from "./rules";
import { t } from "./text";

type Item = Schema<"StackConfigurationItem">;

/** The settings of an environment, of secret ones only whether they are the same, and when its data was refreshed. */
export function ConfigurationTab() {
  const { data: e } = useThisEnvironment();
  if (!e) return null;
  return (
    <>
      <Configuration environment={e} />
      <DataRefreshes environment={e} />
    </>
  );
}

function Configuration({ environment: e }: { environment: EnvironmentView }) {
  const client = useQueryClient();
  const { search, set } = useUrl();
  const [editing, setEditing] = useState<Item | "new" | "many">();
  const [leaving, setLeaving] = useState<Item>();
  const query = useQuery({
    queryKey: keys.part("environment", e.id, "configuration"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environments/{id}/configuration", { params: { path: { id: e.id } }, signal })),
  });
  const may = e.allowedActs.includes("change_configuration");
  const words = (search.find ?? "").toLowerCase();
  const items = query.data?.items ?? [];
  const shown = items.filter((i) => `${i.key}\n${i.value ?? ""}`.toLowerCase().includes(words));
  const change = async (body: Schema<"StackConfigurationChange">) => {
    await ok(api.PATCH("/api/v1/environments/{id}/configuration", { params: { path: { id: e.id } }, body }));
    await client.invalidateQueries({ queryKey: keys.all("environment") });
  };
  return (
    <section aria-label={t("configuration.title")}>
      <Group justify="space-between" mt="md">
        <Title order={2}>{t("configuration.title")}</Title>
        {items.length > 8 && (
          <TextInput
            type="search"
            w={240}
            leftSection={<IconSearch size={16} />}
            aria-label={t("configuration.find")}
            placeholder={t("configuration.find")}
            value={search.find ?? ""}
            onChange={(event) => set({ find: event.currentTarget.value || undefined }, { replace: true })}
          />
        )}
      </Group>
      {query.isError && !query.data ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Skeleton h={160} my="md" aria-busy />
      ) : (
        <PartTable
          label={t("configuration.title")}
          add={may ? t("configuration.add") : undefined}
          onAdd={() => setEditing("new")}
          more={
            may && (
              <Button variant="default" onClick={() => setEditing("many")}>
                {t("configuration.paste")}
              </Button>
            )
          }
          empty={items.length === 0}
          title={t("configuration.emptyTitle")}
          body={t("configuration.emptyBody")}
          head={[t("configuration.key"), t("configuration.value"), t("updated")]}
          rows={shown.map((i) => ({
            id: i.key,
            name: i.key,
            cells: [
              <Code key="k">{i.key}</Code>,
              i.secret ? (
                <StatusBadge key="v" tone="idle" icon={IconLock}>
                  {t("configuration.secret")}
                </StatusBadge>
              ) : (
                (i.value ?? <Absent key="v" />)
              ),
              <TimeText key="c" value={i.changedAt} />,
            ],
            onEdit: may ? () => setEditing(i) : undefined,
            onRemove: may ? () => setLeaving(i) : undefined,
          }))}
        />
      )}
      {items.length > 0 && shown.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("configuration.nothing")}
        </Text>
      )}
      {editing === "many" ? (
        <PasteItems onClose={() => setEditing(undefined)} save={change} />
      ) : editing ? (
        <ItemForm
          item={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          save={(item) => change({ set: [item] })}
        />
      ) : null}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("configuration.removeTitle", { key: leaving?.key })}
        body={t("configuration.removeBody")}
        verb={t("remove")}
        danger
        onConfirm={() => change({ remove: [leaving?.key ?? ""] })}
      />
    </section>
  );
}

function ItemForm({
  item,
  save,
  onClose,
}: {
  item?: Item;
  save: (item: { key: string; value: string; secret: boolean }) => Promise<void>;
  onClose: () => void;
}) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { key: item?.key ?? "", value: item?.value ?? "", secret: item?.secret ?? false },
    validate: {
      key: (v: string) => (v.trim() ? null : t("needKey")),
      // An empty value would quietly replace the secret that is kept.
      value: (v: string, all) => (all.secret && !v ? t("configuration.needSecret") : null),
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={item ? t("configuration.edit", { key: item.key }) : t("configuration.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send(save).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          {!item && (
            <TextInput
              label={t("configuration.key")}
              data-autofocus
              autoComplete="off"
              {...form.getInputProps("key")}
            />
          )}
          <Textarea
            label={t("configuration.value")}
            data-autofocus={item ? true : undefined}
            autoComplete="off"
            {...form.getInputProps("value")}
          />
          <Checkbox
            label={t("configuration.secretLabel")}
            description={t("configuration.secretAbout")}
            {...form.getInputProps("secret", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {item ? t("save") : t("configuration.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function PasteItems({
  save,
  onClose,
}: {
  save: (change: Schema<"StackConfigurationChange">) => Promise<void>;
  onClose: () => void;
}) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { text: "", secret: false, replace: false },
    validate: {
      text: (v: string) => {
        const { items, faultyLine } = readItems(v);
        if (faultyLine) return t("configuration.faultyLine", { line: faultyLine });
        return items.length ? null : t("configuration.needLines");
      },
    },
  });
  const count = readItems(form.values.text).items.length;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t("configuration.paste")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send(async (v) => {
            const { items } = readItems(v.text);
            await save({ set: items.map((i) => ({ ...i, secret: v.secret })), replace: v.replace });
            notifications.show({ message: t("configuration.set", { count: items.length }) });
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <Textarea
            label={t("configuration.lines")}
            description={t("configuration.linesAbout")}
            data-autofocus
            minRows={8}
            ff="monospace"
            {...form.getInputProps("text")}
          />
          <Checkbox label={t("configuration.allSecret")} {...form.getInputProps("secret", { type: "checkbox" })} />
          <Checkbox
            label={t("configuration.replace")}
            description={t("configuration.replaceAbout")}
            {...form.getInputProps("replace", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={count === 0}>
              {t("configuration.setVerb", { count })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DataRefreshes({ environment: e }: { environment: EnvironmentView }) {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery({
    queryKey: keys.part("environment", e.id, "data refreshes"),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/environments/{id}/data-refreshes", {
          params: { path: { id: e.id }, query: { cursor: pageParam, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const may = e.allowedActs.includes("record_data_refresh");
  return (
    <section aria-label={t("refresh.title")}>
      <Title order={2} mt="lg">
        {t("refresh.title")}
      </Title>
      <Text size="sm" c="dimmed" component="div">
        <DataMark of={e} />
      </Text>
      {query.isError && !query.data ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Skeleton h={120} my="md" aria-busy />
      ) : (
        <PartTable
          label={t("refresh.title")}
          add={may ? t("refresh.add") : undefined}
          onAdd={() => setAdding(true)}
          empty={rows.length === 0}
          title={t("refresh.emptyTitle")}
          body={t("refresh.emptyBody")}
          head={[t("when"), t("dataClass"), t("refresh.source"), t("refresh.note"), t("refresh.actor")]}
          rows={rows.map((r, i) => ({
            id: `${r.at} ${i}`,
            name: r.at,
            cells: [
              <TimeText key="a" value={r.at} />,
              r.dataClass ? t(`dataClasses.${r.dataClass}`) : <Absent key="d" />,
              r.source || <Absent key="s" />,
              r.note || <Absent key="n" />,
              r.actor || <Absent key="w" />,
            ],
          }))}
        />
      )}
      {query.hasNextPage && (
        <Group justify="center" pb="sm">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("more")}
          </Button>
        </Group>
      )}
      {adding && (
        <RefreshForm
          environment={e}
          onClose={() => setAdding(false)}
          onSaved={() => client.invalidateQueries({ queryKey: keys.all("environment") })}
        />
      )}
    </section>
  );
}

function RefreshForm({
  environment: e,
  onClose,
  onSaved,
}: {
  environment: EnvironmentView;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      at: minuteOf(new Date().toISOString()),
      dataClass: (e.dataClass ?? null) as string | null,
      source: "",
      note: "",
    },
    validate: { dataClass: (v) => (v ? null : t("refresh.needClass")) },
  });
  return (
    <Modal opened onClose={onClose} title={t("refresh.add")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send(async (v) => {
            await ok(
              api.POST("/api/v1/environments/{id}/data-refreshes", {
                params: { path: { id: e.id } },
                body: {
                  at: fromMinute(v.at),
                  dataClass: (v.dataClass ?? undefined) as never,
                  source: v.source || undefined,
                  note: v.note || undefined,
                },
              }),
            );
            await onSaved();
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput type="datetime-local" label={t("when")} data-autofocus {...form.getInputProps("at")} />
          <Select
            label={t("dataClass")}
            allowDeselect={false}
            data={dataClasses.map((v) => ({ value: v, label: t(`dataClasses.${v}`) }))}
            {...form.getInputProps("dataClass")}
          />
          <TextInput
            label={t("refresh.source")}
            description={t("refresh.sourceAbout")}
            {...form.getInputProps("source")}
          />
          <Textarea label={t("refresh.note")} {...form.getInputProps("note")} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("refresh.verb")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
