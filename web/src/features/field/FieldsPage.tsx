import { ActionIcon, Button, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Sortable } from "@/components/Sortable";
import { textOr } from "@/lib/i18n";
import { useUrl } from "@/lib/url";
import { DefinitionForm } from "./DefinitionForm";
import classes from "./field.module.css";
import { type Field, fieldsQuery, listsQuery, subjectsQuery } from "./queries";
import { t } from "./text";

/** The fields that records carry beside those of the product, by kind of record. */
export function FieldsPage() {
  const { search, set } = useUrl();
  const can = useCan();
  const client = useQueryClient();
  const subjects = useQuery(subjectsQuery);
  const lists = useQuery(listsQuery);
  const subject = search.subject ?? subjects.data?.[0]?.kind;
  const query = useQuery(fieldsQuery(subject));
  const [editing, setEditing] = useState<Field | "new">();
  const [leaving, setLeaving] = useState<Field>();
  const [ordering, setOrdering] = useState<Field[]>();
  const manage = can("field.manage_custom_field");
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: keys.all("custom_field") });
    if (subject) void client.invalidateQueries({ queryKey: keys.all(subject) });
  };
  const rows = ordering ?? query.data ?? [];
  const order = async (next: Field[]) => {
    setOrdering(next);
    try {
      await ok(
        api.PUT("/api/v1/custom-fields/order", {
          body: { subject: subject ?? "", ids: next.map((f) => f.id) },
        }),
      );
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message, autoClose: false });
    } finally {
      await refresh();
      setOrdering(undefined);
    }
  };
  const add = manage && <Button onClick={() => setEditing("new")}>{t("define.add")}</Button>;
  const about = (f: Field) =>
    [
      textOr("field", `types.${f.dataType}`, f.dataType),
      f.list && lists.data?.find((l) => l.key === f.list)?.title,
      f.measure,
      f.mandatory === "always"
        ? t("define.always")
        : f.mandatory === "from_status"
          ? t("define.fromStatus", { status: f.fromStatus })
          : undefined,
      f.access !== "edit" && textOr("field", `access.${f.access}`, f.access),
      f.group,
    ]
      .filter(Boolean)
      .join(" · ");
  if (subjects.isError) return <ProblemAlert error={subjects.error} onRetry={() => void subjects.refetch()} />;
  return (
    <Stack gap="sm" py="md" maw={860}>
      <Group justify="space-between" align="flex-end" gap="xs">
        <Select
          label={t("define.of")}
          allowDeselect={false}
          data={(subjects.data ?? []).map((s) => ({ value: s.kind, label: s.title }))}
          value={subject ?? null}
          onChange={(kind) => kind && set({ subject: kind })}
          w={260}
        />
        {rows.length > 0 && add}
      </Group>
      {query.isPending ? (
        <Skeleton h={200} aria-busy />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={t("define.emptyTitle")} body={t("define.emptyBody")} action={add} />
      ) : (
        <>
          <Sortable
            label={t("define.title")}
            rows={rows}
            name={(f) => f.name}
            onOrder={manage && !ordering ? (next) => void order(next) : undefined}
          >
            {(f) => (
              <>
                <div className={classes.words}>
                  <Text size="sm">{f.name}</Text>
                  <Text size="xs" c="dimmed">
                    {about(f)}
                  </Text>
                </div>
                {f.actions.includes("edit") && (
                  <ActionIcon aria-label={t("values.editOf", { name: f.name })} onClick={() => setEditing(f)}>
                    <IconPencil size={16} />
                  </ActionIcon>
                )}
                {f.actions.includes("delete") && (
                  <ActionIcon aria-label={t("values.deleteOf", { name: f.name })} onClick={() => setLeaving(f)}>
                    <IconTrash size={16} />
                  </ActionIcon>
                )}
              </>
            )}
          </Sortable>
          {manage && (
            <Text size="xs" c="dimmed">
              {t("order.help")}
            </Text>
          )}
        </>
      )}
      {editing && subject && (
        <DefinitionForm
          subject={subject}
          field={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={refresh}
        />
      )}
      {leaving && <DeleteField field={leaving} onClose={() => setLeaving(undefined)} onDone={refresh} />}
    </Stack>
  );
}

function DeleteField({
  field,
  onClose,
  onDone,
}: {
  field: Field;
  onClose: () => void;
  onDone: () => Promise<unknown>;
}) {
  const run = async (dryRun: boolean) =>
    (
      await ok(
        api.DELETE("/api/v1/custom-fields/{id}", {
          params: { path: { id: field.id }, query: { dryRun }, header: { "If-Match": ifMatch(field.version) } },
        }),
      )
    ).consequences;
  const dry = useQuery({
    queryKey: ["consequences", "custom_field", field.id],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("define.deleteTitle", { name: field.name })}
      body={t("define.deleteBody")}
      consequences={dry.data?.map((c) => c.message)}
      verb={t("values.delete")}
      danger
      word={field.name}
      disabled={!dry.isSuccess}
      onConfirm={async () => {
        await run(false);
        await onDone();
      }}
    >
      {dry.isError && <ProblemAlert error={dry.error} />}
    </ConfirmDialog>
  );
}
