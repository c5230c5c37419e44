import { useQueries } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { useCan } from "@/api/session";
import type { Tone } from "@/components/StatusBadge";
import { t } from "./text";

export interface Decision {
  id: string;
  tone: Tone;
  title: string;
  body?: string;
  to: string;
  search?: Record<string, string>;
}

/**
 * What waits for somebody's decision, worst first, from the very lists it is decided in. Only what the reader may see
 * is asked for; a source that does not answer is named by its error.
 */
export function useDecisions(unit: string | undefined): { decisions: Decision[]; pending: boolean; error: unknown } {
  const can = useCan();
  const results = useQueries({
    queries: [
      {
        queryKey: ["connection", "list", { home: true, unit }],
        queryFn: async ({ signal }: { signal: AbortSignal }) => {
          const page = await ok(api.GET("/api/v1/connections", { params: { query: { limit: 200, unit } }, signal }));
          return page.items
            .filter((c) => c.state === "ACTIVE")
            .flatMap((c): Decision[] => {
              const to = `/connections/${c.id}`;
              const out: Decision[] = [];
              if (c.health?.state === "FAILING") {
                out.push({
                  id: `failing ${c.id}`,
                  tone: "bad",
                  title: t("failing", { name: c.name }),
                  body: c.lastRun?.error || t("failingBody", { count: c.health.failingScopes }),
                  to,
                });
              } else if (c.health?.state === "LATE") {
                out.push({
                  id: `late ${c.id}`,
                  tone: "attention",
                  title: t("late", { name: c.name }),
                  body: t("lateBody"),
                  to,
                });
              }
              if (c.health && c.health.unmappedPages > 0) {
                out.push({
                  id: `unmapped ${c.id}`,
                  tone: "attention",
                  title: t("unmappedPages", { name: c.name }),
                  body: t("unmappedPagesBody", { count: c.health.unmappedPages }),
                  to,
                });
              }
              if (c.replayNeeded) {
                out.push({
                  id: `replay ${c.id}`,
                  tone: "attention",
                  title: t("replay", { name: c.name }),
                  body: t("replayBody"),
                  to,
                });
              }
              return out;
            });
        },
        enabled: can("connector.view_connection"),
      },
      {
        queryKey: ["invitation", "list", { home: true }],
        queryFn: async ({ signal }: { signal: AbortSignal }) => {
          const of = async (state: "OPEN" | "EXPIRED") =>
            ok(api.GET("/api/v1/invitations", { params: { query: { state, limit: 100 } }, signal }));
          const [open, expired] = [await of("OPEN"), await of("EXPIRED")];
          const out: Decision[] = [];
          if (expired.items.length) {
            out.push({
              id: "expired",
              tone: "attention",
              title: t("expired", { count: expired.items.length }),
              body: t("expiredBody"),
              to: "/people/invitations",
              search: { state: "EXPIRED" },
            });
          }
          if (open.items.length) {
            out.push({
              id: "open",
              tone: "idle",
              title: t("invitations", { count: open.items.length }),
              body: open.items
                .slice(0, 3)
                .map((i) => i.name || i.email)
                .join(", "),
              to: "/people/invitations",
              search: { state: "OPEN" },
            });
          }
          return out;
        },
        enabled: can("identity.invite_person"),
      },
      {
        queryKey: ["account", "list", { home: true }],
        queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Decision[]> => {
          const page = await ok(
            api.GET("/api/v1/accounts", { params: { query: { locked: true, limit: 100 } }, signal }),
          );
          if (page.items.length === 0) return [];
          return [
            {
              id: "locked",
              tone: "bad",
              title: t("locked", { count: page.items.length }),
              body: page.items
                .slice(0, 3)
                .map((a) => a.name)
                .join(", "),
              to: "/settings/accounts",
              search: { locked: "true" },
            },
          ];
        },
        enabled: can("identity.view_account"),
      },
      {
        queryKey: ["deployment", "list", { home: true, unit }],
        queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Decision[]> => {
          const page = await ok(
            api.GET("/api/v1/deployments", { params: { query: { unmapped: true, limit: 1 } }, signal }),
          );
          if (page.items.length === 0) return [];
          return [
            { id: "unmapped", tone: "attention", title: t("unmapped"), body: t("unmappedBody"), to: "/connections" },
          ];
        },
        enabled: !unit && can("connector.view_connection") && can("delivery.view_delivery"),
      },
      {
        queryKey: ["job", "list", { home: true }],
        queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Decision[]> => {
          const page = await ok(
            api.GET("/api/v1/jobs", { params: { query: { state: ["failed"], limit: 20 } }, signal }),
          );
          if (page.items.length === 0) return [];
          const last = page.items[0];
          return [
            {
              id: "jobs",
              tone: "bad",
              title: t("jobs", { count: page.items.length }),
              body: last?.error || last?.kind,
              to: "/settings/jobs",
            },
          ];
        },
        enabled: !unit && can("jobs.manage_job"),
      },
    ],
  });
  const rank: Record<Tone, number> = { bad: 0, attention: 1, active: 2, idle: 3, frozen: 4, good: 5 };
  return {
    decisions: results.flatMap((r) => r.data ?? []).sort((a, b) => rank[a.tone] - rank[b.tone]),
    pending: results.some((r) => r.isLoading),
    error: results.find((r) => r.isError)?.error,
  };
}
