import { Button, Menu, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { DetailDrawer } from "@/components/DetailDrawer";
import { EmptyState } from "@/components/EmptyState";
import { Facts } from "@/components/Facts";
import { DataList, type ListSource, oneOf } from "@/components/list";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { endOfDay, startOfDay } from "@/lib/day";
import { withLocalTimes } from "@/lib/time";
import { useUrl } from "@/lib/url";
import type { Delivery } from "./queries";
import { t } from "./text";

const states = ["collecting", "queued", "sent", "failed", "dropped"] as const;
const tones: Record<Delivery["state"], Tone> = {
  collecting: "idle",
  queued: "active",
  sent: "good",
  failed: "bad",
  dropped: "frozen",
};

const source: ListSource<Delivery> = {
  kind: "mail_delivery",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/mail-deliveries", {
        params: {
          query: {
            q,
            state: oneOf(states, filters.state),
            from: startOfDay(filters.from ?? ""),
            to: endOfDay(filters.to ?? "") ?? undefined,
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

function State({ value }: { value: Delivery["state"] }) {
  return <StatusBadge tone={tones[value]}>{t(`deliveries.states.${value}`)}</StatusBadge>;
}

/** Every mail: whether it left, why not, and the way to send it again. */
export function DeliveriesPage() {
  const client = useQueryClient();
  const { search, set } = useUrl();
  const resend = async (d: { id: string; recipient: string }) => {
    try {
      await ok(api.POST("/api/v1/mail-deliveries/{id}/resend", { params: { path: { id: d.id } } }));
      notifications.show({ message: t("deliveries.resent", { name: d.recipient }) });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message, autoClose: false });
    } finally {
      await client.invalidateQueries({ queryKey: keys.all("mail_delivery") });
    }
  };
  const open = search.open;
  const one = useQuery({
    queryKey: keys.one("mail_delivery", open ?? ""),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/mail-deliveries/{id}", { params: { path: { id: open ?? "" } }, signal })),
    enabled: Boolean(open),
  });
  const d = one.data;
  return (
    <>
      <DataList
        id="mail-deliveries"
        label={t("deliveries.title")}
        source={source}
        rowId={(r) => r.id}
        rowName={(r) => `${r.recipient}, ${r.title ?? r.label}`}
        rowMenu={(r) =>
          r.actions.includes("resend") ? (
            <Menu.Item onClick={() => void resend(r)}>{t("deliveries.resend")}</Menu.Item>
          ) : undefined
        }
        filters={[
          {
            id: "state",
            label: t("inbox.state"),
            single: true,
            options: states.map((s) => ({ value: s, label: t(`deliveries.states.${s}`) })),
          },
          { id: "from", label: t("deliveries.from"), kind: "day" },
          { id: "to", label: t("deliveries.to"), kind: "day" },
        ]}
        columns={[
          {
            id: "recipient",
            header: t("deliveries.recipient"),
            cell: (r) => r.recipient,
            csv: (r) => r.recipient,
            width: 200,
          },
          {
            id: "subject",
            header: t("template.subject"),
            cell: (r) => r.title ?? r.label,
            csv: (r) => r.title ?? r.label,
            card: true,
          },
          {
            id: "state",
            header: t("inbox.state"),
            cell: (r) => <State value={r.state} />,
            csv: (r) => r.state,
            width: 150,
            card: true,
          },
          {
            id: "problem",
            header: t("deliveries.problem"),
            cell: (r) => r.problem,
            csv: (r) => r.problem,
            width: 260,
          },
          {
            id: "attempts",
            header: t("deliveries.attempts"),
            cell: (r) => r.attempts,
            csv: (r) => r.attempts,
            align: "right",
            width: 90,
          },
          {
            id: "at",
            header: t("deliveries.made"),
            cell: (r) => <TimeText value={r.createdAt} plain />,
            csv: (r) => r.createdAt,
            width: 160,
            card: true,
          },
        ]}
        empty={<EmptyState title={t("deliveries.emptyTitle")} body={t("deliveries.emptyBody")} />}
      />
      <DetailDrawer
        opened={Boolean(open)}
        onClose={() => set({ open: undefined })}
        kind={t("deliveries.one")}
        title={d ? (d.title ?? d.label) : ""}
        badge={d && <State value={d.state} />}
        loading={one.isPending}
        error={one.error ?? undefined}
        onRetry={() => void one.refetch()}
        acts={
          d?.actions.includes("resend") && (
            <Button variant="default" onClick={() => void resend(d)}>
              {t("deliveries.resend")}
            </Button>
          )
        }
      >
        {d && (
          <Stack gap="md">
            {d.problem && (
              <Text size="sm" c="var(--status-bad)">
                {d.problem}
              </Text>
            )}
            <Facts
              items={[
                [t("deliveries.recipient"), d.recipient],
                [t("deliveries.address"), d.address],
                [t("deliveries.record"), d.label],
                [t("deliveries.mode"), t(`mails.${d.mode}`)],
                [t("deliveries.attempts"), d.attempts],
                [t("deliveries.made"), <TimeText key="m" value={d.createdAt} />],
                [t("deliveries.due"), d.sentAt ? undefined : <TimeText key="d" value={d.dueAt} />],
                [t("deliveries.sentAt"), <TimeText key="s" value={d.sentAt} />],
              ]}
            />
            <section>
              <Title order={3} mb="xs">
                {t("deliveries.tells")}
              </Title>
              <Stack gap="xs">
                {d.notifications.map((n) => (
                  <div key={n.id}>
                    <Text size="sm">{withLocalTimes(n.sentence)}</Text>
                    <Text size="xs" c="dimmed">
                      {n.because} · <TimeText value={n.at} />
                    </Text>
                  </div>
                ))}
              </Stack>
            </section>
          </Stack>
        )}
      </DetailDrawer>
    </>
  );
}
