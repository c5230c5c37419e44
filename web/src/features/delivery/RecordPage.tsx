import { Box, SimpleGrid, Skeleton, Stack, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Facts } from "@/components/Facts";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import classes from "./records.module.css";
import { t } from "./text";

/** The page of one record: what it is, its fields, and what it is connected with. */
export function RecordPage<T>({
  query,
  from,
  children,
}: {
  query: UseQueryResult<T>;
  /** The list it lies in. */
  from: { label: string; to: string };
  children: (record: T) => {
    title: string;
    about?: ReactNode;
    badge?: ReactNode;
    acts?: ReactNode;
    facts: [string, ReactNode][];
    main: ReactNode;
  };
}) {
  if (query.isError && !query.data)
    return (
      <Stack py="md">
        <PageHeader title={t("record")} crumbs={[from]} />
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </Stack>
    );
  if (!query.data)
    return (
      <div aria-busy>
        <Skeleton h={28} w={320} mt="md" />
        <Skeleton h={16} w="50%" mt="sm" />
        <Skeleton h={260} mt="lg" />
      </div>
    );
  const r = children(query.data);
  return (
    <>
      <PageHeader
        title={r.title}
        about={r.about}
        badge={r.badge}
        crumbs={[{ label: t("delivery"), to: "/delivery" }, from]}
      >
        {r.acts}
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" pb="xl">
        <Box miw={0}>
          <Title order={2} mb="xs">
            {t("facts")}
          </Title>
          <Facts items={r.facts} />
        </Box>
        <Stack gap="lg" miw={0}>
          {r.main}
        </Stack>
      </SimpleGrid>
    </>
  );
}

/** A titled list of what a record is connected with, with its count. */
export function Related<T>({
  title,
  items,
  none,
  row,
}: {
  title: string;
  items: T[];
  none: string;
  row: (item: T) => ReactNode;
}) {
  return (
    <section aria-label={title}>
      <Title order={2} mb={4}>
        {title} ({items.length})
      </Title>
      {items.length === 0 ? (
        <Box c="dimmed" fz="sm">
          {none}
        </Box>
      ) : (
        <ul className={classes.related}>
          {items.slice(0, 200).map((item, i) => (
            <li key={(item as { id?: string }).id ?? i}>{row(item)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
