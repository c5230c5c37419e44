import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";

/** The way to the request a booking was made for: a booking request, or a request to change environments. */
export function RequestLink({ id }: { id: string }) {
  const query = useQuery({
    queryKey: keys.part("booking_request", id, "name"),
    queryFn: async ({ signal }) => {
      const params = { path: { id } };
      try {
        const r = await ok(api.GET("/api/v1/booking-requests/{id}", { params, signal }));
        return { to: `/booking-requests/${id}`, name: `${r.reference} ${r.title}` };
      } catch (error) {
        if (asProblem(error).status !== 404) throw error;
      }
      const r = await ok(api.GET("/api/v1/environment-change-requests/{id}", { params, signal }));
      return { to: `/environment-change-requests/${id}`, name: `${r.reference} ${r.title}` };
    },
    retry: false,
    staleTime: 5 * 60_000,
  });
  if (!query.data) return null;
  return (
    <Anchor component={Link} to={query.data.to as string} fz="sm">
      {query.data.name}
    </Anchor>
  );
}
