import { Anchor, Button, Skeleton, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useThisEnvironment } from "./EnvironmentPage";
import { LookupMark } from "./Marks";
import { environmentAddress, groupAddress, useConnections } from "./queries";
import { t } from "./text";

/** In which groups an environment stands, and what it is connected with there. */
export function ConnectionsTab() {
  const { data: e } = useThisEnvironment();
  const query = useConnections({ environment: e?.id });
  if (!e) return null;
  return (
    <>
      <Title order={2} mt="md">
        {t("groups")}
      </Title>
      {e.groups.length === 0 ? (
        <EmptyState title={t("connections.noGroups")} body={t("connections.noGroupsBody")} />
      ) : (
        <PartTable
          label={t("groups")}
          empty={false}
          title=""
          head={[t("name"), t("key")]}
          rows={e.groups.map((g) => ({
            id: g.id,
            name: g.name,
            cells: [
              <Anchor key="n" component={Link} to={groupAddress(g.id)} fz="sm">
                <LookupMark value={g} />
              </Anchor>,
              g.key,
            ],
          }))}
        />
      )}
      <Title order={2} mt="md">
        {t("connections.title")}
      </Title>
      {query.isError && !query.data ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Skeleton h={120} my="md" aria-busy />
      ) : (
        <PartTable
          label={t("connections.title")}
          empty={query.data.length === 0}
          title={t("connections.emptyTitle")}
          body={t("connections.emptyBodyOne")}
          more={
            query.data.length > 0 && (
              <Button variant="default" component={Link} to="/environments/map" search={{ environment: e.id } as never}>
                {t("onMap")}
              </Button>
            )
          }
          head={[
            t("connections.other"),
            t("connections.type"),
            t("connections.flow"),
            t("group"),
            t("connections.note"),
          ]}
          rows={query.data.map((c) => {
            const source = c.sourceId === e.id;
            // Seen from this environment, whichever end of the connection it is.
            const flow = c.direction === "both" ? "both" : (c.direction === "out") === source ? "out" : "in";
            const [id, name] = source ? [c.targetId, c.targetName] : [c.sourceId, c.sourceName];
            return {
              id: c.id,
              name,
              cells: [
                <Anchor key="o" component={Link} to={environmentAddress(id)} fz="sm">
                  {name}
                </Anchor>,
                <LookupMark key="t" value={{ name: c.type, colour: c.typeColour }} />,
                <Text key="f" size="sm" span>
                  {t(`connections.here.${flow}`)}
                </Text>,
                c.groupKey,
                c.note || <Absent key="n" />,
              ],
            };
          })}
        />
      )}
    </>
  );
}
