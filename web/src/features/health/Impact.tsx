import { Anchor, Box, Skeleton, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Facts } from "@/components/Facts";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Duration, TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { environmentHealthAddress, type OutageView, useImpact } from "./queries";
import { t } from "./text";

/** What depends on the environment, and which bookings and releases lose time. */
export function Impact({ outage: o }: { outage: OutageView }) {
  const query = useImpact(o.id);
  const i = query.data;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!i) return <Skeleton h={200} aria-busy />;
  const others = i.environments.filter((e) => e.distance > 0);
  return (
    <section aria-label={t("impact.title")}>
      <Title order={2} mb="xs">
        {t("impact.title")}
      </Title>
      <Facts
        items={[
          [t("impact.lost"), <Duration key="l" seconds={i.lostSeconds} />],
          [t("impact.people"), i.people],
          [t("impact.releases"), i.releases.join(", ")],
        ]}
      />
      <Title order={3} mt="md">
        {t("impact.dependents", { count: others.length })}
      </Title>
      {others.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("impact.noDependents")}
        </Text>
      ) : (
        <Box component="ul" pl="md" my={4} fz="sm">
          {others.map((e) => (
            <li key={e.id}>
              <Anchor component={Link} to={environmentHealthAddress(e.id)} fz="sm">
                {e.name}
              </Anchor>{" "}
              <Text span size="xs" c="dimmed">
                {e.distance === 1 ? t("impact.direct") : t("impact.away", { count: e.distance })}
              </Text>
            </li>
          ))}
        </Box>
      )}
      <Title order={3} mt="md">
        {t("impact.bookings", { count: i.bookings.length })}
      </Title>
      {i.bookings.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("impact.noBookings")}
        </Text>
      ) : (
        <PartTable
          label={t("impact.bookings", { count: i.bookings.length })}
          empty={false}
          title=""
          head={[t("impact.booking"), t("impact.from"), t("impact.to"), t("impact.loses")]}
          rows={i.bookings.map((b) => ({
            id: `${b.id} ${b.environmentId}`,
            name: b.title,
            cells: [
              <div key="b">
                <Anchor component={Link} to={`/bookings/${b.id}`} fz="sm">
                  {`${b.number} ${b.title}`}
                </Anchor>
                <Text size="xs" c="dimmed">
                  {b.holderName}
                </Text>
              </div>,
              <TimeText key="f" value={b.from} />,
              <TimeText key="t" value={b.to} />,
              duration(b.lostSeconds),
            ],
          }))}
        />
      )}
    </section>
  );
}
