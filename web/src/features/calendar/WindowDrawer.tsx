import { Button, Menu, Stack } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import type { Act } from "./acts";
import { NextTime, Phase, refusesWords, TypeName } from "./Marks";
import { type Kind, tabOf, type Window, windowQuery } from "./queries";
import { ruleWords } from "./ruleWords";
import { t } from "./text";
import { WindowMenu } from "./WindowsPage";

/** The facts of a window, for its drawer and its page. */
export function WindowFacts({ window: w }: { window: Window }) {
  return (
    <Facts
      items={[
        ...(w.kind === "freeze" ? [[t("type"), <TypeName key="t" type={w.type} />] as [string, React.ReactNode]] : []),
        [t("refuses.label"), refusesWords(w.refuses)],
        [t("nextTime"), <NextTime key="n" window={w} />],
        [t(w.recurrence ? "beginsFirst" : "begins"), <TimeText key="f" value={w.from} />],
        [
          t("ends"),
          w.recurrence && !w.endsAt ? (
            t("repeats.end.never")
          ) : (
            <TimeText key="e" value={w.recurrence ? w.endsAt : w.to} />
          ),
        ],
        [t("repeats.label"), w.recurrence ? ruleWords(w.recurrence.rule, w.from, w.zone) : t("repeats.once")],
        [t("repeats.skip"), w.recurrence?.skip?.join(", ")],
        [t("zone"), w.zone],
        [t("scope.title"), w.scope.map((s) => `${s.label} (${t(`scope.${s.kind}`).toLowerCase()})`).join(", ")],
        [t("unit"), w.unitName],
        [t("description"), w.description],
        [t("updated"), <TimeText key="u" value={w.updatedAt} />],
      ]}
    />
  );
}

export function WindowDrawer({
  kind,
  onEdit,
  onCopy,
  onAct,
}: {
  kind: Kind;
  onEdit: (w: Window) => void;
  onCopy: (w: Window) => void;
  onAct: (act: Act, w: Window) => void;
}) {
  const { search, set } = useUrl();
  const query = useQuery(windowQuery(kind, search.open));
  const w = query.data;
  return (
    <DetailDrawer
      opened={Boolean(search.open)}
      onClose={() => set({ open: undefined })}
      kind={t(`closureKinds.${kind}`)}
      title={w?.name ?? ""}
      badge={w && <Phase value={w.phase} />}
      page={kind === "freeze" && w ? `${tabOf.freeze}/${w.id}` : undefined}
      pageLabel={t("openPage")}
      loading={query.isPending}
      error={query.error ?? undefined}
      onRetry={() => void query.refetch()}
      acts={
        w &&
        w.allowedActs.length > 0 && (
          <>
            {w.allowedActs.includes("edit") && (
              <Button variant="default" onClick={() => onEdit(w)}>
                {t("edit")}
              </Button>
            )}
            <Menu>
              <Menu.Target>
                <Button variant="default" px="xs" aria-label={t("moreActs")}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <WindowMenu
                  window={w}
                  onEdit={() => onEdit(w)}
                  onCopy={() => onCopy(w)}
                  onAct={(act) => onAct(act, w)}
                />
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {w && (
        <Stack gap="md">
          <WindowFacts window={w} />
        </Stack>
      )}
    </DetailDrawer>
  );
}
