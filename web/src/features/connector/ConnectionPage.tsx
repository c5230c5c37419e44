import { Alert, Button, Group, Menu, Skeleton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconDots, IconPlayerPlay } from "@tabler/icons-react";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { ConnectionForm } from "./ConnectionForm";
import { Health } from "./Marks";
import { active, useConnection, useKinds, useRefresh, version } from "./queries";
import { t } from "./text";

/** One connection: its health, its acts and the tabs of its parts. */
export function ConnectionPage() {
  const query = useConnection();
  const kinds = useKinds();
  const can = useCan();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const unitName = useUnitName();
  const [asking, setAsking] = useState<"edit" | "remove">();
  const c = query.data;
  if (query.isError && !c) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!c)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={16} w="40%" mt="sm" />
        <Skeleton h={220} mt="lg" />
      </div>
    );
  const kind = kinds.data?.find((k) => k.kind === c.kind);
  const at = `/connections/${c.id}`;
  const path = { id: c.id };
  const act = async (call: () => Promise<unknown>, message?: string) => {
    try {
      await call();
      if (message) notifications.show({ message });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await refresh();
  };
  const start = (what: "PULL" | "REPLAY") =>
    act(async () => {
      await ok(api.POST("/api/v1/connections/{id}/runs", { params: { path }, body: { kind: what } }));
      await navigate({ to: `${at}/runs` as string });
    });
  const manage = can("connector.manage_connection");
  const running = active(c.lastRun);
  return (
    <>
      <PageHeader
        title={c.name}
        about={[kind?.title ?? c.kind, unitName(c.unitId)].filter(Boolean).join(" · ")}
        crumbs={[{ label: t("title"), to: "/connections" }]}
        badge={<Health connection={c} />}
      >
        {can("connector.run_connection") && kind?.pulls && (
          <Button
            leftSection={<IconPlayerPlay size={16} />}
            disabled={running || c.state === "PAUSED"}
            onClick={() => void start("PULL")}
          >
            {running ? t("running") : t("run")}
          </Button>
        )}
        {manage && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t("moreActs")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAsking("edit")}>{t("edit")}</Menu.Item>
              <Menu.Item
                onClick={() =>
                  void act(
                    () => ok(api.POST("/api/v1/connections/{id}/verifications", { params: { path } })),
                    t("verified", { name: c.name }),
                  )
                }
              >
                {t("verify")}
              </Menu.Item>
              <Menu.Item
                onClick={() =>
                  void act(() =>
                    ok(
                      api.PATCH("/api/v1/connections/{id}", {
                        params: { path, ...version(c.version) },
                        body: { state: c.state === "PAUSED" ? "ACTIVE" : "PAUSED" },
                      }),
                    ),
                  )
                }
              >
                {c.state === "PAUSED" ? t("resume") : t("pause")}
              </Menu.Item>
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("remove")}>
                {t("remove")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHeader>
      {c.replayNeeded && (
        <Alert
          variant="default"
          icon={<IconAlertTriangle color="var(--status-attention)" />}
          title={t("replay.title")}
          mb="xs"
        >
          <Group justify="space-between">
            {t("replay.body")}
            {can("connector.run_connection") && (
              <Button size="compact-sm" disabled={running} onClick={() => void start("REPLAY")}>
                {t("replay.run")}
              </Button>
            )}
          </Group>
        </Alert>
      )}
      <LinkTabs
        tabs={[
          { to: at, label: t("tabs.overview"), exact: true },
          ...(kind?.pulls ? [{ to: `${at}/scopes`, label: t("scopes.title"), count: c.health?.scopes }] : []),
          { to: `${at}/rules`, label: t("tabs.mapping") },
          { to: `${at}/runs`, label: t("tabs.runs") },
          ...(kind?.webhooks ? [{ to: `${at}/webhooks`, label: t("tabs.webhooks") }] : []),
          { to: `${at}/unmapped`, label: t("tabs.pages"), count: c.health?.unmappedPages },
        ]}
      />
      <Outlet />
      {asking === "edit" && kind && <ConnectionForm connection={c} kind={kind} onClose={() => setAsking(undefined)} />}
      <ConfirmDialog
        opened={asking === "remove"}
        onClose={() => setAsking(undefined)}
        title={t("removeTitle", { name: c.name })}
        body={t("removeBody")}
        verb={t("remove")}
        word={c.name}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/connections/{id}", { params: { path, ...version(c.version) } }));
          await navigate({ to: "/connections" as string });
          await refresh();
        }}
      />
    </>
  );
}
