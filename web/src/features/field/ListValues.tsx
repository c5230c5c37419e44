import {
  ActionIcon,
  Button,
  Checkbox,
  ColorInput,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Sortable } from "@/components/Sortable";
import { StatusBadge } from "@/components/StatusBadge";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import classes from "./field.module.css";
import type { List, Value } from "./queries";
import { t } from "./text";

/** The values of a list, in the order in which they are offered. */
export function ListValues({ list }: { list: List }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Value | "new">();
  const [leaving, setLeaving] = useState<Value>();
  const [ordering, setOrdering] = useState<Value[]>();
  const may = (act: string) => list.actions.includes(act);
  const manage = may("edit_values");
  const values = ordering ?? list.values.filter((v) => v.active);
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("lookup_list") });
  const order = async (next: Value[]) => {
    setOrdering(next);
    try {
      await ok(
        api.PUT("/api/v1/lookups/{list}/order", {
          params: { path: { list: list.key }, header: { "If-Match": ifMatch(list.version) } },
          body: { ids: next.map((v) => v.id) },
        }),
      );
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message, autoClose: false });
    } finally {
      await refresh();
      setOrdering(undefined);
    }
  };
  const add = manage && <Button onClick={() => setEditing("new")}>{t("values.add")}</Button>;
  return (
    <Stack gap="sm" align="stretch">
      {values.length === 0 ? (
        <EmptyState title={t("values.emptyTitle")} body={t("values.emptyBody")} action={add} />
      ) : (
        <>
          <Sortable
            label={list.title}
            rows={values}
            name={(v) => v.name}
            onOrder={manage && !ordering ? (next) => void order(next) : undefined}
          >
            {(v) => (
              <>
                {v.colour && (
                  <span
                    aria-hidden
                    className={classes.swatch}
                    ref={(e) => e?.style.setProperty("--colour", v.colour ?? "")}
                  />
                )}
                <div className={classes.words}>
                  <Group gap="xs">
                    <Text size="sm">{v.name}</Text>
                    {v.default && <StatusBadge tone="good">{t("values.default")}</StatusBadge>}
                  </Group>
                  <Attributes list={list} value={v} />
                </div>
                {manage && (
                  <Group gap={0} wrap="nowrap">
                    <ActionIcon aria-label={t("values.editOf", { name: v.name })} onClick={() => setEditing(v)}>
                      <IconPencil size={16} />
                    </ActionIcon>
                    <ActionIcon aria-label={t("values.deleteOf", { name: v.name })} onClick={() => setLeaving(v)}>
                      <IconTrash size={16} />
                    </ActionIcon>
                  </Group>
                )}
              </>
            )}
          </Sortable>
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {manage && t("order.help")}
            </Text>
            {add}
          </Group>
        </>
      )}
      {editing && (
        <ValueForm
          list={list}
          value={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={refresh}
        />
      )}
      {leaving && <DeleteValue list={list} value={leaving} onClose={() => setLeaving(undefined)} onDone={refresh} />}
    </Stack>
  );
}

function Attributes({ list, value: v }: { list: List; value: Value }) {
  const words = (list.attributes ?? []).flatMap((a) => {
    const held = v.attributes?.[a.key];
    if (held === undefined || held === null || held === "" || held === false) return [];
    return [held === true ? a.title : `${a.title}: ${String(held)}`];
  });
  if (words.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      {words.join(" · ")}
    </Text>
  );
}

interface Values extends Record<string, unknown> {
  name: string;
  colour: string;
  default: boolean;
  attributes: Record<string, unknown>;
}

const read = (v: Value): Values => ({
  name: v.name,
  colour: v.colour ?? "",
  default: v.default,
  attributes: { ...v.attributes },
});

function ValueForm({
  list,
  value,
  onClose,
  onSaved,
}: {
  list: List;
  value?: Value;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const [base] = useState<Values>(() =>
    value ? read(value) : { name: "", colour: "", default: false, attributes: {} },
  );
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const v = form.getValues();
  const stale = useStaleSave<Values>({
    name: value?.name ?? "",
    labels: {
      name: t("name"),
      colour: t("values.colour"),
      default: t("values.default"),
      attributes: t("values.attributes"),
    },
    read: (record) => read(record as Value),
    put: (values, version) =>
      ok(
        api.PATCH("/api/v1/lookups/{list}/values/{id}", {
          params: { path: { list: list.key, id: value?.id ?? "" }, header: { "If-Match": ifMatch(version) } },
          body: {
            name: values.name.trim(),
            colour: values.colour,
            default: values.default,
            attributes: values.attributes as never,
          },
        }),
      ),
    show: (field, shown) =>
      field === "attributes"
        ? JSON.stringify(shown)
        : typeof shown === "boolean"
          ? shown
            ? t("yes")
            : t("no")
          : undefined,
  });
  const save = async () => {
    let done = true;
    const saved = await send(async (values) => {
      if (value) done = await stale.save(base, values, value.version);
      else
        await ok(
          api.POST("/api/v1/lookups/{list}/values", {
            params: { path: { list: list.key } },
            body: {
              name: values.name.trim(),
              colour: values.colour || undefined,
              default: values.default,
              attributes: values.attributes as never,
            },
          }),
        );
      await onSaved();
    });
    if (saved && done) onClose();
  };
  const put = (key: string, held: unknown) => form.setFieldValue("attributes", { ...v.attributes, [key]: held });
  return (
    <Modal
      opened
      onClose={onClose}
      title={value ? t("values.edit") : t("values.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput label={t("name")} required maxLength={100} data-autofocus {...form.getInputProps("name")} />
          <ColorInput
            label={t("values.colour")}
            description={t("values.colourAbout")}
            format="hex"
            eyeDropperButtonProps={{ "aria-label": t("values.pick") }}
            {...form.getInputProps("colour")}
          />
          {(list.attributes ?? []).map((a) =>
            a.type === "boolean" ? (
              <Checkbox
                key={a.key}
                label={a.title}
                checked={v.attributes[a.key] === true}
                onChange={(e) => put(a.key, e.currentTarget.checked)}
              />
            ) : a.type === "number" ? (
              <NumberInput
                key={a.key}
                label={a.title}
                hideControls
                value={(v.attributes[a.key] as number | undefined) ?? ""}
                onChange={(n) => put(a.key, n === "" ? null : Number(n))}
              />
            ) : (
              <TextInput
                key={a.key}
                label={a.title}
                value={(v.attributes[a.key] as string | undefined) ?? ""}
                onChange={(e) => put(a.key, e.currentTarget.value || null)}
              />
            ),
          )}
          <Switch label={t("values.makeDefault")} {...form.getInputProps("default", { type: "checkbox" })} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!v.name.trim()}>
              {value ? t("save") : t("values.add")}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}

function DeleteValue({
  list,
  value,
  onClose,
  onDone,
}: {
  list: List;
  value: Value;
  onClose: () => void;
  onDone: () => Promise<unknown>;
}) {
  const [replaceWith, setReplaceWith] = useState<string | null>(null);
  const run = async (dryRun: boolean) =>
    (
      await ok(
        api.DELETE("/api/v1/lookups/{list}/values/{id}", {
          params: {
            path: { list: list.key, id: value.id },
            query: { dryRun, replaceWith: replaceWith ?? undefined },
            header: { "If-Match": ifMatch(value.version) },
          },
        }),
      )
    ).consequences;
  const dry = useQuery({
    queryKey: ["consequences", "lookup", value.id, replaceWith],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("values.deleteTitle", { name: value.name })}
      body={t("values.deleteBody")}
      consequences={dry.data?.map((c) => c.message)}
      verb={t("values.delete")}
      danger
      disabled={!dry.isSuccess}
      onConfirm={async () => {
        await run(false);
        await onDone();
      }}
    >
      <Select
        label={t("values.replaceWith")}
        description={t("values.replaceAbout")}
        clearable
        clearButtonProps={{ "aria-label": t("clear") }}
        data={list.values.filter((v) => v.active && v.id !== value.id).map((v) => ({ value: v.id, label: v.name }))}
        value={replaceWith}
        onChange={setReplaceWith}
      />
      {dry.isError && <ProblemAlert error={dry.error} />}
    </ConfirmDialog>
  );
}
