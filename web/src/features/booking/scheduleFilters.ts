import { useMemo } from "react";
import { applicationPicker, groupPicker, personPicker } from "@/api/lookups";
import { useMe } from "@/api/session";
import type { ListFilter } from "@/components/list";
import { intents, releasePicker, statuses, useUsages } from "./queries";
import { t } from "./text";

/** The filters of the schedule as pieces of a sentence; their names are those of the address and of the API. */
export function useScheduleFilters(): ListFilter[] {
  const usages = useUsages();
  const me = useMe()?.person?.id;
  return useMemo(() => {
    const people = {
      ...personPicker,
      find: async (q: string, signal: AbortSignal) => {
        const found = await personPicker.find(q, signal);
        return !q && me ? [{ value: "me", label: t("me") }, ...found] : found;
      },
      name: async (id: string, signal: AbortSignal) =>
        id === "me" ? t("me") : ((await personPicker.name?.(id, signal)) ?? id),
    };
    return [
      { id: "application", label: t("application"), kind: "remote", source: applicationPicker },
      {
        id: "usage",
        label: t("usage"),
        single: true,
        options: (usages.data?.values ?? []).map((u) => ({ value: u.id, label: u.name })),
      },
      { id: "group", label: t("group"), kind: "remote", source: groupPicker },
      {
        id: "status",
        label: t("status"),
        options: statuses.map((s) => ({ value: s, label: t(`statuses.${s}`) })),
      },
      { id: "holder", label: t("holder"), kind: "remote", source: people },
      { id: "release", label: t("release"), kind: "remote", source: releasePicker },
      {
        id: "intent",
        label: t("intent"),
        single: true,
        options: intents.map((i) => ({ value: i, label: t(`intents.${i}`) })),
      },
      {
        id: "only",
        label: t("schedule.only"),
        verb: t("schedule.onlyVerb"),
        single: true,
        options: [{ value: "yes", label: t("schedule.onlyConflicts") }],
      },
    ] satisfies ListFilter[];
  }, [usages.data, me]);
}
