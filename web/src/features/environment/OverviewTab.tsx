import { Anchor, Box, Group, List, SimpleGrid, Stack, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Facts } from "@/components/Facts";
import { Slot } from "@/components/Slot";
import { TimeText } from "@/components/Time";
import { useThisEnvironment } from "./EnvironmentPage";
import { capacityWords, costWords, DataMark, LookupMark } from "./Marks";
import { environmentAddress, groupAddress, useCurrency } from "./queries";
import { t } from "./text";

/** What an environment is; other features say in their slots what is booked, how it is and when it is closed. */
export function OverviewTab() {
  const { data: e } = useThisEnvironment();
  const currency = useCurrency();
  if (!e) return null;
  const record = { kind: "environment", id: e.id, name: e.name };
  const link = /^https?:\/\//.test(e.url ?? "");
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
      <Stack gap="xl">
        <Slot part="bookings" {...record} />
        <Slot part="requests" {...record} />
        <Slot part="health" {...record} />
        <Slot part="closures" {...record} />
        <Box>
          <Title order={2} mb="xs">
            {t("bookings")}
          </Title>
          <Facts
            items={[
              [t("capacity"), capacityWords(e.capacity)],
              [t("approval"), e.autoApprove ? t("approvals.auto") : t("approvals.asked")],
              [t("alert"), e.alert],
              [t("costIn", { currency }), costWords(e.costPerHour, currency)],
              [t("status"), <LookupMark key="s" value={e.status} />],
              ...(e.expiresAt
                ? ([[t("expires"), <TimeText key="x" value={e.expiresAt} />]] as [string, ReactNode][])
                : []),
            ]}
          />
        </Box>
        {(e.children.length > 0 || e.parent) && (
          <Box>
            <Title order={2} mb="xs">
              {t("family")}
            </Title>
            <Facts
              items={[
                [
                  t("parent"),
                  e.parent && (
                    <Anchor component={Link} to={environmentAddress(e.parent.id)} fz="sm">
                      {e.parent.name}
                    </Anchor>
                  ),
                ],
                [
                  t("children"),
                  e.children.length > 0 && (
                    <List listStyleType="none" size="sm">
                      {e.children.map((c) => (
                        <List.Item key={c.id}>
                          <Anchor component={Link} to={environmentAddress(c.id)} fz="sm">
                            {c.name}
                          </Anchor>
                        </List.Item>
                      ))}
                    </List>
                  ),
                ],
              ]}
            />
          </Box>
        )}
      </Stack>
      <Box>
        <Title order={2} mb="xs">
          {t("about")}
        </Title>
        <Facts
          items={[
            [t("key"), e.key],
            [
              t("application"),
              e.application && (
                <Anchor component={Link} to={`/applications/${e.application.id}`} fz="sm">
                  {e.application.name}
                </Anchor>
              ),
            ],
            [t("usage"), <LookupMark key="u" value={e.usage} />],
            [t("unit"), e.unitName],
            [t("owner"), e.owner?.name],
            [t("installed"), e.installedVersion],
            [t("data"), <DataMark key="d" of={e} />],
            [
              t("groups"),
              e.groups.length > 0 && (
                <Group gap="sm">
                  {e.groups.map((g) => (
                    <Anchor key={g.id} component={Link} to={groupAddress(g.id)} fz="sm">
                      {g.name}
                    </Anchor>
                  ))}
                </Group>
              ),
            ],
            [t("kind"), t(`kinds.${e.kind}`)],
            [
              t("url"),
              link ? (
                <Anchor href={e.url} target="_blank" rel="noreferrer" fz="sm">
                  {e.url}
                </Anchor>
              ) : (
                e.url
              ),
            ],
            [t("vendor"), e.vendor],
            [t("techs"), e.techs.join(", ")],
            [t("aliases"), e.aliases.join(", ")],
            [t("description"), e.description],
            [t("created"), <TimeText key="n" value={e.createdAt} />],
            [t("updated"), <TimeText key="c" value={e.updatedAt} />],
          ].map(([k, v]) => [k, v || undefined] as [string, ReactNode])}
        />
        <Stack gap="xl" mt="xl">
          <Slot part="fields" {...record} />
          <Slot part="comments" {...record} />
          <Slot part="attachments" {...record} />
        </Stack>
      </Box>
    </SimpleGrid>
  );
}
