import { Anchor, Button, Group, List, Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { BookingStatus } from "./Marks";
import { bookingAddress } from "./queries";
import { spanWords } from "./span";
import { t } from "./text";

/** The other bookings of a series. */
export function SeriesList({ series, current }: { series: string; current: string }) {
  const query = useInfiniteQuery({
    queryKey: keys.list("booking", { series }),
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/api/v1/bookings", { params: { query: { series, limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
  if (query.isPending) return <Skeleton h={60} />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  const items = query.data.pages.flatMap((p) => p.items);
  return (
    <>
      <List size="sm" spacing={4} listStyleType="none">
        {items.map((b) => (
          <List.Item key={b.id}>
            <Group gap="xs">
              {b.id === current ? (
                <Text size="sm" fw={600} aria-current="true">
                  {spanWords(b.from, b.to)}
                </Text>
              ) : (
                <Anchor component={Link} to={bookingAddress(b.id)} fz="sm">
                  {spanWords(b.from, b.to)}
                </Anchor>
              )}
              <BookingStatus value={b.status} />
            </Group>
          </List.Item>
        ))}
      </List>
      {query.hasNextPage && (
        <Button
          size="compact-sm"
          variant="default"
          mt="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("more")}
        </Button>
      )}
    </>
  );
}
