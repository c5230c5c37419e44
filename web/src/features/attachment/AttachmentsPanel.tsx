import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  FileButton,
  Group,
  Modal,
  Progress,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconExternalLink, IconFile, IconLink, IconTrash, IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { SlotProps } from "@/components/Slot";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import classes from "./attachment.module.css";
import { sendFile } from "./send";
import { fileSize, safeHref } from "./size";
import { t } from "./text";

type Attachment = Schema<"Attachment">;

interface Upload {
  key: number;
  name: string;
  part: number;
  problem?: string;
  stop: AbortController;
}

const maxFile = 25 << 20;
let count = 0;

/** The files and links of a record: files come by name or are dropped, each with its own progress. */
export function AttachmentsPanel({ kind, id }: SlotProps) {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [over, setOver] = useState(false);
  const [linking, setLinking] = useState(false);
  const [leaving, setLeaving] = useState<Attachment>();
  const running = useRef<AbortController[]>([]);
  useEffect(
    () => () => {
      for (const upload of running.current) upload.abort();
    },
    [],
  );
  const query = useInfiniteQuery({
    queryKey: keys.part(kind, id, "attachments"),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET(partOf(kind, "attachments"), {
          params: { path: { id }, query: { limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
  const items = query.data?.pages.flatMap((p) => p.items) ?? [];
  const may = (act: string) => query.data?.pages[0]?.actions.includes(act) ?? false;
  const refresh = () => client.invalidateQueries({ queryKey: keys.one(kind, id) });

  const attach = async (files: File[]) => {
    const change = (key: number, patch: Partial<Upload>) =>
      setUploads((all) => all.map((u) => (u.key === key ? { ...u, ...patch } : u)));
    const begun = files.map((file) => ({ file, key: ++count, stop: new AbortController() }));
    setUploads((all) => [
      ...all,
      ...begun.map(({ file, key, stop }) => ({
        key,
        name: file.name,
        part: 0,
        stop,
        problem: file.size > maxFile ? t("tooLarge", { name: file.name }) : undefined,
      })),
    ]);
    // One after another: the server counts what a record holds, and the page shows where it is.
    for (const { file, key, stop } of begun) {
      if (file.size > maxFile || stop.signal.aborted) continue;
      running.current.push(stop);
      try {
        const path = partOf(kind, "attachments").replace("{id}", encodeURIComponent(id));
        await sendFile(path, file, (part) => change(key, { part }), stop.signal);
        setUploads((all) => all.filter((u) => u.key !== key));
        await refresh();
      } catch (error) {
        const problem = asProblem(error);
        if (problem.code === "aborted") setUploads((all) => all.filter((u) => u.key !== key));
        else change(key, { problem: [problem.message, ...problem.fields.map((f) => f.message)].join(" ") });
      }
    }
  };
  const drag = (e: DragEvent) => {
    if (!may("add") || !e.dataTransfer.types.includes("Files")) return;
    e.preventDefault();
    setOver(e.type !== "dragleave" && e.type !== "drop");
    if (e.type === "drop") void attach([...e.dataTransfer.files]);
  };
  return (
    <section
      aria-label={t("title")}
      className={classes.area}
      data-over={over || undefined}
      onDragEnter={drag}
      onDragOver={drag}
      onDragLeave={drag}
      onDrop={drag}
    >
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2}>{t("title")}</Title>
        {may("add") && (
          <Group gap="xs">
            <FileButton multiple onChange={(files) => void attach(files)} inputProps={{ "aria-label": t("choose") }}>
              {(props) => (
                <Button {...props} size="compact-sm" variant="default">
                  {t("choose")}
                </Button>
              )}
            </FileButton>
            <Button size="compact-sm" variant="default" onClick={() => setLinking(true)}>
              {t("link")}
            </Button>
          </Group>
        )}
      </Group>
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack gap="xs">
          {items.length > 0 ? (
            <ul className={classes.list}>
              {items.map((a) => (
                <Item key={a.id} kind={kind} record={id} item={a} onDelete={may("delete") && (() => setLeaving(a))} />
              ))}
            </ul>
          ) : (
            <Text size="sm" c="dimmed">
              {t("emptyTitle")}. {t("emptyBody")}
            </Text>
          )}
          {query.hasNextPage && (
            <Button
              variant="subtle"
              size="compact-sm"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t("more")}
            </Button>
          )}
          {uploads.map((u) => (
            <UploadLine
              key={u.key}
              upload={u}
              onClose={() => {
                u.stop.abort();
                setUploads((all) => all.filter((x) => x.key !== u.key));
              }}
            />
          ))}
          {may("add") && (
            <Text size="xs" c="dimmed" role="status">
              {over ? t("dropNow") : t("drop")}
            </Text>
          )}
        </Stack>
      )}
      {linking && <LinkForm kind={kind} id={id} onClose={() => setLinking(false)} onSaved={refresh} />}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("deleteTitle", { name: leaving?.name })}
        body={leaving?.kind === "url" ? t("deleteLink") : t("deleteFile")}
        verb={t("verbDelete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE(partOf(kind, "attachments/{attachmentId}"), {
              params: { path: { id, attachmentId: leaving?.id ?? "" } },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function Item({
  kind,
  record,
  item: a,
  onDelete,
}: {
  kind: string;
  record: string;
  item: Attachment;
  onDelete: false | (() => void);
}) {
  const content = partOf(kind, "attachments/{attachmentId}/content")
    .replace("{id}", encodeURIComponent(record))
    .replace("{attachmentId}", encodeURIComponent(a.id));
  const href = a.kind === "url" ? safeHref(a.url) : content;
  return (
    <li>
      {a.kind === "url" ? <IconLink size={16} aria-hidden /> : <IconFile size={16} aria-hidden />}
      <div className={classes.words}>
        {href ? (
          <Anchor
            size="sm"
            href={href}
            {...(a.kind === "url" ? { target: "_blank", rel: "noreferrer noopener" } : { download: a.name })}
          >
            {a.name}
            {a.kind === "url" && <IconExternalLink size={12} role="img" aria-label={t("opens")} />}
          </Anchor>
        ) : (
          a.name
        )}
        <Text size="xs" c="dimmed">
          {a.kind === "file" && `${fileSize(a.size)} · `}
          {t("by", { name: a.authorName })} · <TimeText value={a.createdAt} />
        </Text>
      </div>
      {onDelete && (
        <ActionIcon aria-label={t("delete", { name: a.name })} onClick={onDelete}>
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </li>
  );
}

function UploadLine({ upload: u, onClose }: { upload: Upload; onClose: () => void }) {
  if (u.problem)
    return (
      <Alert
        role="alert"
        variant="default"
        title={t("failed", { name: u.name })}
        withCloseButton
        closeButtonLabel={t("dismiss")}
        onClose={onClose}
        style={{ borderColor: "var(--status-bad-solid)" }}
      >
        {u.problem}
      </Alert>
    );
  return (
    <Group gap="xs" wrap="nowrap">
      <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
        <Text size="xs" truncate>
          {t("uploading", { name: u.name })}
        </Text>
        <Progress value={u.part * 100} size="sm" aria-label={t("uploading", { name: u.name })} />
      </Stack>
      <ActionIcon aria-label={t("stop", { name: u.name })} onClick={onClose}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}

function LinkForm({
  kind,
  id,
  onClose,
  onSaved,
}: {
  kind: string;
  id: string;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { form, problem, busy, send } = useProblemForm({ initialValues: { url: "", name: "" } });
  const save = async () => {
    const saved = await send(async ({ url, name }) => {
      await ok(
        api.POST(partOf(kind, "attachments/urls"), {
          params: { path: { id } },
          body: { url: url.trim(), name: name.trim() || undefined },
        }),
      );
      await onSaved();
    });
    if (saved) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("link")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <TextInput
            label={t("url")}
            description={t("urlAbout")}
            type="url"
            inputMode="url"
            autoComplete="off"
            maxLength={2000}
            data-autofocus
            {...form.getInputProps("url")}
          />
          <TextInput
            label={t("name")}
            description={t("nameAbout")}
            autoComplete="off"
            maxLength={200}
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().url.trim()}>
              {t("link")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
