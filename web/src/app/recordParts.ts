import { lazy } from "react";
import type { SlotParts } from "@/components/Slot";

// Which part of which feature stands in which slot of a record's page. Each part is its own chunk.
export const recordParts: SlotParts = {
  comments: lazy(async () => ({ default: (await import("@/features/comment/CommentsPanel")).CommentsPanel })),
  attachments: lazy(async () => ({
    default: (await import("@/features/attachment/AttachmentsPanel")).AttachmentsPanel,
  })),
  watchers: lazy(async () => ({ default: (await import("@/features/watch/WatchersPanel")).WatchersPanel })),
  follow: lazy(async () => ({ default: (await import("@/features/watch/FollowButton")).FollowButton })),
  fields: lazy(async () => ({ default: (await import("@/features/field/FieldsPanel")).FieldsPanel })),
  closures: lazy(async () => ({ default: (await import("@/features/calendar/ClosuresPanel")).ClosuresPanel })),
  bookings: lazy(async () => ({ default: (await import("@/features/booking/NowAndNext")).NowAndNext })),
  requests: lazy(async () => ({
    default: (await import("@/features/request/EnvironmentRequests")).EnvironmentRequests,
  })),
  health: lazy(async () => ({ default: (await import("@/features/health/EnvironmentHealth")).HealthPanel })),
};
