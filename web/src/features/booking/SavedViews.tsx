import { ActionIcon, Button, Group, Popover, Switch, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBookmark, IconStar, IconStarFilled, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useStored } from "@/lib/stored";
import { useUnitScope, useUrl } from "@/lib/url";
import type { SavedView } from "./queries";
import { kept, useSavedViews, viewOf } from "./savedView";
import { t } from "./text";

/** The named views of the schedule: the reader's own, those of a unit, and the one it opens with on this machine. */
export function SavedViews() {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const unitName = useUnitName();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [busy, setBusy] = useState(false);
  const [standard, setStandard] = useStored<string>("schedule.view", "");
  const views = useSavedViews();
  const list = views.data?.items ?? [];
  const apply = (v: SavedView, replace = false) => {
    const query = (v.query ?? {}) as Record<string, string>;
    set({ ...Object.fromEntries(kept.map((k) => [k, undefined])), ...query }, { replace });
  };
  // An address that says nothing opens the standard view; one that says something is what somebody meant.
  const begun = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the views are there.
  useEffect(() => {
    if (begun.current || !views.data) return;
    begun.current = true;
    const v = list.find((o) => o.id === standard);
    if (v && Object.keys(viewOf(search)).length === 0) apply(v, true);
  }, [views.data]);

  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      await client.invalidateQueries({ queryKey: keys.all("schedule_view") });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message, autoClose: false });
    } finally {
      setBusy(false);
    }
  };
  const save = () =>
    act(async () => {
      await ok(
        api.POST("/api/v1/schedule-views", {
          body: { name: name.trim(), query: viewOf(search), unitId: shared ? unit : undefined },
        }),
      );
      setName("");
    });
  const groups: [string, SavedView[]][] = [
    [t("views.mine"), list.filter((v) => v.mine && !v.unitId)],
    [t("views.shared"), list.filter((v) => v.unitId)],
  ];
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus width={320}>
      <Popover.Target>
        <Tooltip label={t("views.title")}>
          <ActionIcon aria-label={t("views.title")} aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconBookmark size={18} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("views.title")}>
        {list.length === 0 && (
          <Text size="sm" c="dimmed" mb="xs">
            {t("views.none")}
          </Text>
        )}
        {groups.map(([title, some]) =>
          some.length === 0 ? null : (
            <div key={title}>
              <Text size="xs" c="dimmed" mt={4}>
                {title}
              </Text>
              {some.map((v) => (
                <Group key={v.id} gap={4} wrap="nowrap">
                  <UnstyledButton
                    flex={1}
                    fz="sm"
                    py={6}
                    onClick={() => {
                      apply(v);
                      setOpen(false);
                    }}
                  >
                    {v.name}
                    {v.unitId && (
                      <Text span size="xs" c="dimmed">
                        {` · ${unitName(v.unitId)}`}
                      </Text>
                    )}
                  </UnstyledButton>
                  <ActionIcon
                    size="md"
                    aria-pressed={v.id === standard}
                    aria-label={t("views.standard", { name: v.name })}
                    onClick={() => setStandard(v.id === standard ? "" : v.id)}
                  >
                    {v.id === standard ? <IconStarFilled size={16} /> : <IconStar size={16} />}
                  </ActionIcon>
                  {v.mine && (
                    <ActionIcon
                      size="md"
                      disabled={busy}
                      aria-label={t("views.delete", { name: v.name })}
                      onClick={() =>
                        void act(() =>
                          ok(api.DELETE("/api/v1/schedule-views/{id}", { params: { path: { id: v.id } } })),
                        )
                      }
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  )}
                </Group>
              ))}
            </div>
          ),
        )}
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (name.trim()) void save();
          }}
        >
          <TextInput
            data-autofocus
            label={t("views.name")}
            value={name}
            maxLength={120}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          {unit && (
            <Switch
              mt="xs"
              size="sm"
              label={t("views.share", { unit: unitName(unit) })}
              checked={shared}
              onChange={(e) => setShared(e.currentTarget.checked)}
            />
          )}
          <Button type="submit" size="compact-sm" mt="xs" disabled={!name.trim()} loading={busy}>
            {t("views.save")}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
