import { queryOptions } from "@tanstack/react-query";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type Thread = Schema<"NotifyThreadView">;
export type Delivery = Schema<"NotifyDeliveryView">;
export type Template = Schema<"NotifyTemplateView">;
export type Choices = Schema<"NotifyChoicesView">;

// Its key begins with "inbox", so that a notice of the event stream refreshes it.
export const unreadQuery = queryOptions({
  queryKey: keys.list("inbox", { unread: true }),
  queryFn: ({ signal }) => ok(api.GET("/api/v1/inbox/unread-count", { signal })),
});

export const templatesQuery = queryOptions({
  queryKey: keys.list("mail_template"),
  queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/mail-templates", { signal }))).items,
});

export const topicQuery = (topic: string) =>
  queryOptions({
    queryKey: keys.one("mail_template", topic),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/mail-templates/{topic}", { params: { path: { topic } }, signal })),
  });

/** Rows under the headings they name, headings in the order in which they first appear. */
export function grouped<T extends { group?: string }>(rows: T[]): { group: string; rows: T[] }[] {
  const out = new Map<string, T[]>();
  for (const r of rows) out.set(r.group ?? "", [...(out.get(r.group ?? "") ?? []), r]);
  return [...out].map(([group, list]) => ({ group, rows: list }));
}
