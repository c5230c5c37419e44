import { Button, Kbd, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconMailOpened } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource, oneOf } from "@/components/list";
import { PageHeader } from "@/components/PageHeader";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { withLocalTimes } from "@/lib/time";
import classes from "./notify.module.css";
import { type Thread, unreadQuery } from "./queries";
import { t } from "./text";

const states = ["unread", "read", "archived"] as const;
type Mark = "read" | "unread" | "archive" | "restore";
const marks = {
  read: "/api/v1/inbox/{id}/read",
  unread: "/api/v1/inbox/{id}/unread",
  archive: "/api/v1/inbox/{id}/archive",
  restore: "/api/v1/inbox/{id}/restore",
} as const;

const source: ListSource<Thread> = {
  kind: "inbox",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/inbox", {
        params: { query: { q, state: oneOf(states, filters.state), kind: filters.kind, cursor, limit } },
        signal,
      }),
    ),
};

/** What happened to the records that concern the reader; one line for each record, the newest first. */
export function InboxPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const unread = useQuery(unreadQuery);
  const list = useRef<HTMLDivElement>(null);
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("inbox") });
  const failed = (error: unknown) =>
    notifications.show({ color: "red", message: asProblem(error).message, autoClose: false });

  // The keys work at once: the first row has the focus unless the reader is somewhere else already.
  useEffect(() => {
    const first = setInterval(() => {
      const row = list.current?.querySelector<HTMLElement>("[data-row='0']");
      if (!row) return;
      clearInterval(first);
      if (!document.activeElement || document.activeElement === document.body) row.focus({ preventScroll: true });
    }, 100);
    return () => clearInterval(first);
  }, []);

  const mark = async (rows: Thread[], as: Mark) => {
    const able = rows.filter((r) => r.actions.includes(as));
    try {
      for (const r of able) await ok(api.POST(marks[as], { params: { path: { id: r.id } } }));
      if (as === "archive" && able.length > 0)
        notifications.show({
          message: t("inbox.archived", { count: able.length }),
        });
    } catch (error) {
      failed(error);
    } finally {
      await refresh();
    }
  };
  const open = async (r: Thread) => {
    if (r.unread > 0) void mark([r], "read");
    if (r.path) await navigate({ to: r.path as string });
    else
      await navigate({
        to: "/history" as string,
        search: { subjectKind: r.subjectKind, subjectId: r.subjectId } as never,
      });
  };
  return (
    <>
      <PageHeader title={t("inbox.title")} about={t("inbox.about")} />
      <div ref={list} className={classes.fill}>
        <DataList
          id="inbox"
          label={t("inbox.title")}
          source={source}
          rowId={(r) => r.id}
          rowName={(r) => r.label}
          searchPlaceholder={t("inbox.search")}
          onOpen={(r) => void open(r)}
          onEdit={(r) => void mark([r], r.archived ? "restore" : "archive")}
          filters={[
            {
              id: "state",
              label: t("inbox.state"),
              single: true,
              options: states.map((s) => ({ value: s, label: t(`inbox.states.${s}`) })),
            },
          ]}
          bulk={[
            {
              id: "read",
              label: t("inbox.marks.read"),
              icon: IconMailOpened,
              run: (rows, done) => void mark(rows, "read").then(done),
            },
            {
              id: "archive",
              label: t("inbox.marks.archive"),
              icon: IconArchive,
              run: (rows, done) => void mark(rows, "archive").then(done),
            },
          ]}
          rowMenu={(r) =>
            (["read", "unread", "archive", "restore"] as const)
              .filter((m) => r.actions.includes(m))
              .map((m) => (
                <Menu.Item key={m} onClick={() => void mark([r], m)}>
                  {t(`inbox.marks.${m}`)}
                </Menu.Item>
              ))
          }
          columns={[
            {
              id: "label",
              header: t("inbox.record"),
              cell: (r) => (
                <Text span inherit fw={r.unread > 0 ? 650 : undefined}>
                  {r.label}
                </Text>
              ),
              csv: (r) => r.label,
              width: 220,
            },
            {
              id: "sentence",
              header: t("inbox.what"),
              cell: (r) => withLocalTimes(r.sentence),
              csv: (r) => r.sentence,
              width: 400,
              card: true,
            },
            {
              id: "because",
              header: t("inbox.why"),
              cell: (r) => r.because,
              csv: (r) => r.because,
              width: 190,
            },
            {
              id: "state",
              header: t("inbox.state"),
              cell: (r) =>
                r.archived ? (
                  <StatusBadge tone="idle" icon={IconArchive}>
                    {t("inbox.states.archived")}
                  </StatusBadge>
                ) : r.unread > 0 ? (
                  <StatusBadge tone="active">{t("inbox.new", { count: r.unread })}</StatusBadge>
                ) : (
                  <StatusBadge tone="idle" icon={IconMailOpened}>
                    {t("inbox.states.read")}
                  </StatusBadge>
                ),
              csv: (r) => (r.archived ? "archived" : r.unread > 0 ? "unread" : "read"),
              width: 110,
              card: true,
            },
            {
              id: "at",
              header: t("inbox.when"),
              cell: (r) => <TimeText value={r.lastAt} as="relative" plain />,
              csv: (r) => r.lastAt,
              width: 110,
              card: true,
            },
          ]}
          empty={<EmptyState title={t("inbox.emptyTitle")} body={t("inbox.emptyBody")} />}
        >
          <Text size="xs" c="dimmed" visibleFrom="md">
            <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> {t("inbox.keysMove")} <Kbd size="xs">e</Kbd>{" "}
            {t("inbox.keysArchive")}
          </Text>
          {(unread.data?.unread ?? 0) > 0 && (
            <Button
              variant="default"
              onClick={() => void ok(api.POST("/api/v1/inbox/read-all")).then(refresh).catch(failed)}
            >
              {t("inbox.readAll")}
            </Button>
          )}
        </DataList>
      </div>
    </>
  );
}
