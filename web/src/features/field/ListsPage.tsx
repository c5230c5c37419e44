import { Button, Group, Modal, Select, Skeleton, Stack, TextInput, Title, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useUrl } from "@/lib/url";
import { useListValues } from "./FieldInput";
import classes from "./field.module.css";
import { ListValues } from "./ListValues";
import { listsQuery } from "./queries";
import { t } from "./text";

/** The lists that records draw on: statuses, usages, types, and those of the organisation's own. */
export function ListsPage() {
  const { search, set } = useUrl();
  const can = useCan();
  const narrow = useMediaQuery("(max-width: 62em)") ?? false;
  const client = useQueryClient();
  const [asking, setAsking] = useState<"add" | "rename" | "delete">();
  const lists = useQuery(listsQuery);
  const key = search.list ?? lists.data?.[0]?.key;
  const one = useListValues(key);
  const choose = (list: string | null) => list && set({ list });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("lookup_list") });
  if (lists.isPending)
    return (
      <div aria-busy>
        <Skeleton h={320} my="md" />
      </div>
    );
  if (lists.isError) return <ProblemAlert error={lists.error} onRetry={() => void lists.refetch()} />;
  if (lists.data.length === 0) return <EmptyState title={t("lists.emptyTitle")} body={t("lists.emptyBody")} />;
  const may = (act: string) => one.data?.actions.includes(act) ?? false;
  return (
    <div className={classes.lists}>
      {narrow ? (
        <Select
          label={t("lists.choose")}
          allowDeselect={false}
          data={lists.data.map((l) => ({ value: l.key, label: l.title }))}
          value={key ?? null}
          onChange={choose}
        />
      ) : (
        <nav aria-label={t("lists.title")} className={classes.side}>
          {lists.data.map((l) => (
            <UnstyledButton
              key={l.key}
              className={classes.item}
              aria-current={l.key === key ? "true" : undefined}
              onClick={() => choose(l.key)}
            >
              {l.title}
            </UnstyledButton>
          ))}
        </nav>
      )}
      <Stack gap="sm" style={{ minWidth: 0 }}>
        <Group justify="space-between" gap="xs">
          <Title order={2}>{one.data?.title ?? ""}</Title>
          <Group gap="xs">
            {one.data?.custom && may("edit") && (
              <Button variant="default" size="compact-md" onClick={() => setAsking("rename")}>
                {t("lists.rename")}
              </Button>
            )}
            {one.data?.custom && may("delete") && (
              <Button variant="default" size="compact-md" c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("lists.delete")}
              </Button>
            )}
            {can("field.manage_lookup") && (
              <Button variant="default" size="compact-md" onClick={() => setAsking("add")}>
                {t("lists.add")}
              </Button>
            )}
          </Group>
        </Group>
        {one.isPending ? (
          <Skeleton h={200} />
        ) : one.isError ? (
          <ProblemAlert error={one.error} onRetry={() => void one.refetch()} />
        ) : (
          <ListValues list={one.data} />
        )}
      </Stack>
      {(asking === "add" || asking === "rename") && (
        <ListForm
          title={asking === "rename" ? (one.data?.title ?? "") : ""}
          verb={asking === "rename" ? t("lists.rename") : t("lists.add")}
          onClose={() => setAsking(undefined)}
          onSave={async (title) => {
            if (asking === "rename")
              await ok(
                api.PATCH("/api/v1/lookups/{list}", {
                  params: { path: { list: key ?? "" }, header: { "If-Match": ifMatch(one.data?.version ?? 0) } },
                  body: { title },
                }),
              );
            else {
              const made = await ok(api.POST("/api/v1/lookups", { body: { title } }));
              set({ list: made.key });
            }
            await refresh();
          }}
        />
      )}
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        title={t("lists.deleteTitle", { name: one.data?.title })}
        body={t("lists.deleteBody")}
        verb={t("lists.delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/lookups/{list}", {
              params: { path: { list: key ?? "" }, header: { "If-Match": ifMatch(one.data?.version ?? 0) } },
            }),
          );
          set({ list: undefined });
          await refresh();
        }}
      />
    </div>
  );
}

function ListForm({
  title,
  verb,
  onClose,
  onSave,
}: {
  title: string;
  verb: string;
  onClose: () => void;
  onSave: (title: string) => Promise<void>;
}) {
  const { form, problem, busy, send } = useProblemForm({ initialValues: { title } });
  return (
    <Modal opened onClose={onClose} title={verb} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void send((v) => onSave(v.title.trim())).then((saved) => saved && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput label={t("name")} required maxLength={100} data-autofocus {...form.getInputProps("title")} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().title.trim()}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
