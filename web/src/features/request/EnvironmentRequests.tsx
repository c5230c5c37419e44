import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Span, Status } from "./Marks";
import { addressOf, type Head, type Kind, tabOf } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";

const shown = 3;

/** What is asked of an environment and is not over: to book it, and to change it. */
export function EnvironmentRequests({ id: environment }: { id: string }) {
  const query = { environment, open: "true", sort: "from", limit: shown } as const;
  const bookings = useQuery({
    queryKey: keys.list("booking_request", { of: environment }),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/booking-requests", { params: { query }, signal })),
  });
  const changes = useQuery({
    queryKey: keys.list("environment_change_request", { of: environment }),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environment-change-requests", { params: { query }, signal })),
  });
  const met = bookings.error ?? changes.error;
  const retry = () => void Promise.all([bookings.refetch(), changes.refetch()]);
  return (
    <section aria-label={t("title")}>
      <Title order={2} mb="xs">
        {t("title")}
      </Title>
      {met ? (
        <ProblemAlert error={met} onRetry={retry} />
      ) : !bookings.data || !changes.data ? (
        <Skeleton h={72} />
      ) : (
        <Stack gap="sm">
          <Entries kind="environment_change_request" items={changes.data.items} environment={environment} />
          <Entries kind="booking_request" items={bookings.data.items} environment={environment} />
        </Stack>
      )}
    </section>
  );
}

function Entries({ kind, items, environment }: { kind: Kind; items: Head[]; environment: string }) {
  const name = t(kind === "booking_request" ? "tabs.bookings" : "tabs.changes");
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Anchor
          component={Link}
          to={tabOf(kind)}
          search={{ environment } as never}
          fz="xs"
          aria-label={t("ofEnvironment.allOf", { name })}
        >
          {t("ofEnvironment.all")}
        </Anchor>
      </Group>
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("ofEnvironment.none")}
        </Text>
      ) : (
        <ul className={classes.rows}>
          {items.map((r) => (
            <li key={r.id}>
              <div className={classes.words}>
                <Anchor component={Link} to={addressOf(kind, r.id)} fz="sm">
                  {r.reference} {r.title}
                </Anchor>
                <Text size="xs" c="dimmed">
                  <Span from={r.from} to={r.to} />
                </Text>
              </div>
              <Status position={r.position} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
