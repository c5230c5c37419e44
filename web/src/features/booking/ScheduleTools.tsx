import { ActionIcon, Button, Group, Menu, Select, Tooltip } from "@mantine/core";
import {
  IconArrowsMaximize,
  IconArrowsMinimize,
  IconChevronLeft,
  IconChevronRight,
  IconPalette,
  IconPrinter,
  IconTable,
  IconTimeline,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { zoom } from "@/components/timeline";
import { useUrl } from "@/lib/url";
import { SavedViews } from "./SavedViews";
import { type ColourBy, neighbourOf, type Range, rangeAround, rangeOf, ranges } from "./schedule";
import { type Span, spanWords } from "./span";
import { t } from "./text";

const colours: ColourBy[] = ["none", "release", "group", "holder", "intent"];

/** Where in time one is and how the schedule looks. */
export function ScheduleBarTools(props: {
  view: Span;
  onView: (view: Span) => void;
  now: number;
  full: boolean;
  onFull: (full: boolean) => void;
  colour: ColourBy;
  table: boolean;
}) {
  const { view, onView, now, full, colour } = props;
  const { set } = useUrl();
  const range = rangeOf(view);
  const toggleFull = () => {
    props.onFull(!full);
    if (full && document.fullscreenElement) void document.exitFullscreen();
    else if (!full) void document.documentElement.requestFullscreen?.().catch(() => {});
  };
  return (
    <Group gap={4} wrap="wrap">
      <Act label={t("schedule.before")} onClick={() => onView(neighbourOf(view, -1))} icon={IconChevronLeft} />
      <Button
        size="compact-sm"
        variant="default"
        onClick={() =>
          onView(
            range
              ? rangeAround(range, now)
              : { from: now - (view.to - view.from) / 4, to: now + ((view.to - view.from) * 3) / 4 },
          )
        }
      >
        {t("schedule.today")}
      </Button>
      <Act label={t("schedule.after")} onClick={() => onView(neighbourOf(view, 1))} icon={IconChevronRight} />
      <Select
        size="xs"
        w={128}
        aria-label={t("schedule.range")}
        placeholder={t("schedule.ownRange")}
        allowDeselect={false}
        value={range ?? null}
        data={(Object.keys(ranges) as Range[]).map((r) => ({ value: r, label: t(`schedule.ranges.${r}`) }))}
        onChange={(v) => {
          if (!v) return;
          const at = now >= view.from && now < view.to ? now : view.from;
          onView(rangeAround(v as Range, at));
        }}
        title={spanWords(view.from, view.to)}
      />
      <ZoomActs view={view} onView={onView} />
      <Menu>
        <Menu.Target>
          <Tooltip label={t("schedule.colour")}>
            <ActionIcon aria-label={t("schedule.colour")}>
              <IconPalette size={18} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("schedule.colour")}</Menu.Label>
          {colours.map((c) => (
            <Menu.Item
              key={c}
              role="menuitemradio"
              aria-checked={c === colour}
              fw={c === colour ? 600 : undefined}
              onClick={() => set({ colour: c === "none" ? undefined : c }, { replace: true })}
            >
              {t(`schedule.colours.${c}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Act
        label={props.table ? t("schedule.asTimeline") : t("schedule.asTable")}
        onClick={() => set({ show: props.table ? undefined : "table" })}
        icon={props.table ? IconTimeline : IconTable}
      />
      <SavedViews />
      <Act label={t("schedule.print")} onClick={() => window.print()} icon={IconPrinter} />
      <Act
        label={full ? t("schedule.leaveFull") : t("schedule.full")}
        onClick={toggleFull}
        icon={full ? IconArrowsMinimize : IconArrowsMaximize}
      />
    </Group>
  );
}

/** Nearer to the middle of what is shown, and farther from it. */
export function ZoomActs({ view, onView }: { view: Span; onView: (view: Span) => void }) {
  const middle = (view.from + view.to) / 2;
  return (
    <>
      <Act label={t("schedule.zoomIn")} onClick={() => onView(zoom(view, 0.6, middle))} icon={IconZoomIn} />
      <Act label={t("schedule.zoomOut")} onClick={() => onView(zoom(view, 1 / 0.6, middle))} icon={IconZoomOut} />
    </>
  );
}

function Act({ label, icon: Sign, onClick }: { label: string; icon: typeof IconTable; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        <Sign size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
