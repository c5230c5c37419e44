import { ActionIcon, Badge, Button, Group, Menu, Stack as Pile, Skeleton, TextInput } from "@mantine/core";
import { IconCopy, IconDots, IconHistory, IconPencil, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import { useThisEnvironment } from "./EnvironmentPage";
import classes from "./environment.module.css";
import { type StackComponent, type StackHost, useStack, version } from "./queries";
import { asTree } from "./rules";
import { ComponentForm, CopyStack, HostForm, VersionCell } from "./StackForms";
import { t } from "./text";
import { VersionHistory } from "./VersionHistory";

type Asking =
  | { what: "host"; host?: StackHost }
  | { what: "component"; host?: StackHost; component?: StackComponent }
  | { what: "copy" }
  | { what: "remove host"; host: StackHost }
  | { what: "remove component"; component: StackComponent };

/** What runs in the environment: hosts, their layers and the components in them, with the versions installed. */
export function StackTab() {
  const { data: e } = useThisEnvironment();
  const stack = useStack(e?.id);
  const client = useQueryClient();
  const { search, set } = useUrl();
  const [asking, setAsking] = useState<Asking>();
  if (!e) return null;
  if (stack.isError && !stack.data) return <ProblemAlert error={stack.error} onRetry={() => void stack.refetch()} />;
  if (!stack.data)
    return (
      <Pile gap="sm" py="md" aria-busy>
        <Skeleton h={40} />
        <Skeleton h={140} />
        <Skeleton h={140} />
      </Pile>
    );
  const may = e.allowedActs.includes("change_stack");
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("environment") });
  const close = () => setAsking(undefined);
  const tree = asTree(stack.data, search.find);
  const empty = stack.data.hosts.length === 0 && stack.data.components.length === 0;
  const history = search.history;
  const acts = may && (
    <>
      <Button variant="default" leftSection={<IconCopy size={16} />} onClick={() => setAsking({ what: "copy" })}>
        {t("stack.copy")}
      </Button>
      <Button variant="default" onClick={() => setAsking({ what: "host" })}>
        {t("stack.addHost")}
      </Button>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setAsking({ what: "component" })}>
        {t("stack.addComponent")}
      </Button>
    </>
  );
  const line = (c: StackComponent, host?: StackHost) => (
    <li key={c.id} className={classes.component}>
      <span>
        {c.name}
        {c.summary && (
          <Badge ml={8} size="sm">
            {t("stack.summary")}
          </Badge>
        )}
      </span>
      <VersionCell environment={e.id} component={c} may={may} onSaved={refresh} />
      <span>
        <TimeText value={c.changedAt} as="day" />
      </span>
      <Group gap={0} wrap="nowrap" justify="flex-end">
        <ActionIcon aria-label={t("stack.historyOf", { name: c.name })} onClick={() => set({ history: c.id })}>
          <IconHistory size={16} />
        </ActionIcon>
        {may && (
          <Menu>
            <Menu.Target>
              <ActionIcon aria-label={t("stack.actsOf", { name: c.name })}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAsking({ what: "component", host, component: c })}>{t("edit")}</Menu.Item>
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking({ what: "remove component", component: c })}>
                {t("remove")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
    </li>
  );
  return (
    <Pile gap="sm" py="md">
      {empty ? (
        <EmptyState title={t("stack.emptyTitle")} body={t("stack.emptyBody")} action={acts} />
      ) : (
        <>
          <Group gap="xs" justify="space-between">
            <TextInput
              type="search"
              w={240}
              leftSection={<IconSearch size={16} />}
              aria-label={t("stack.find")}
              placeholder={t("stack.find")}
              value={search.find ?? ""}
              onChange={(event) => set({ find: event.currentTarget.value || undefined }, { replace: true })}
            />
            <Group gap="xs">
              <Button variant="default" leftSection={<IconHistory size={16} />} onClick={() => set({ history: "all" })}>
                {t("stack.history")}
              </Button>
              {acts}
            </Group>
          </Group>
          {tree.length === 0 && <EmptyState title={t("stack.nothing")} />}
          {tree.map(({ host, layers }) => (
            <section key={host?.id ?? "none"} className={classes.host} aria-label={host?.name ?? t("stack.noHost")}>
              <div className={classes.hostHead}>
                <span className={classes.hostName}>
                  <b>{host?.name ?? t("stack.noHost")}</b>
                  {host?.description ? ` · ${host.description}` : ""}
                </span>
                {host && may && (
                  <Group gap={0} wrap="nowrap">
                    <ActionIcon
                      aria-label={t("stack.addTo", { name: host.name })}
                      onClick={() => setAsking({ what: "component", host })}
                    >
                      <IconPlus size={16} />
                    </ActionIcon>
                    <ActionIcon
                      aria-label={t("stack.editHost", { name: host.name })}
                      onClick={() => setAsking({ what: "host", host })}
                    >
                      <IconPencil size={16} />
                    </ActionIcon>
                    <Menu>
                      <Menu.Target>
                        <ActionIcon aria-label={t("stack.actsOf", { name: host.name })}>
                          <IconDots size={16} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item c="var(--status-bad)" onClick={() => setAsking({ what: "remove host", host })}>
                          {t("remove")}
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  </Group>
                )}
              </div>
              {layers.map((l) => (
                <div key={l.name}>
                  <div className={classes.layer}>{l.name || t("stack.noLayer")}</div>
                  <ul className={classes.components}>{l.components.map((c) => line(c, host))}</ul>
                </div>
              ))}
              {layers.length === 0 && <div className={classes.layer}>{t("stack.emptyHost")}</div>}
            </section>
          ))}
        </>
      )}
      {asking?.what === "host" && <HostForm environment={e.id} host={asking.host} onClose={close} onSaved={refresh} />}
      {asking?.what === "component" && (
        <ComponentForm
          environment={e.id}
          hosts={stack.data.hosts}
          host={asking.host}
          component={asking.component}
          onClose={close}
          onSaved={refresh}
        />
      )}
      {asking?.what === "copy" && <CopyStack environment={e} onClose={close} onSaved={refresh} />}
      <VersionHistory
        environment={e.id}
        opened={Boolean(history)}
        component={history === "all" ? undefined : history}
        name={
          history && history !== "all"
            ? [...stack.data.hosts.flatMap((h) => h.components), ...stack.data.components].find((c) => c.id === history)
                ?.name
            : undefined
        }
        onClose={() => set({ history: undefined })}
      />
      {asking?.what === "remove host" && (
        <ConfirmDialog
          opened
          onClose={close}
          title={t("stack.removeHost", { name: asking.host.name })}
          body={t("stack.removeHostBody", { count: asking.host.components.length })}
          consequences={asking.host.components.map((c) => [c.name, c.installedVersion].filter(Boolean).join(" "))}
          verb={t("remove")}
          danger
          onConfirm={async () => {
            await ok(
              api.DELETE("/api/v1/environments/{id}/hosts/{host}", {
                params: { path: { id: e.id, host: asking.host.id }, ...version(asking.host.version) },
              }),
            );
            await refresh();
          }}
        />
      )}
      {asking?.what === "remove component" && (
        <ConfirmDialog
          opened
          onClose={close}
          title={t("stack.removeComponent", { name: asking.component.name })}
          body={t("stack.removeComponentBody")}
          verb={t("remove")}
          danger
          onConfirm={async () => {
            await ok(
              api.DELETE("/api/v1/environments/{id}/components/{component}", {
                params: { path: { id: e.id, component: asking.component.id }, ...version(asking.component.version) },
              }),
            );
            await refresh();
          }}
        />
      )}
    </Pile>
  );
}
