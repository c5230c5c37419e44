// The page that bench/timeline.mjs measures: rows and bars as a schedule has them, made up with a fixed seed.
import { MantineProvider } from "@mantine/core";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import "@mantine/core/styles.css";
import "@/app/theme.css";
import { theme } from "@/app/theme";
import { type Bar, day, hour, type Row, type Span, Timeline } from "@/components/timeline";

const query = new URLSearchParams(location.search);
const count = { rows: Number(query.get("rows") ?? 2000), bars: Number(query.get("bars") ?? 50) };
const now = new Date(2026, 4, 4, 9).getTime();
const tones: Bar["tone"][] = ["good", "good", "active", "idle", "attention"];

function make(): Row[] {
  let seed = 11;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  return Array.from({ length: count.rows }, (_, r) => {
    let at = now - 60 * day + random() * 3 * day;
    const bars = Array.from({ length: count.bars }, (_, b): Bar => {
      const from = at;
      const to = from + (2 + Math.floor(random() * 46)) * hour;
      at = to + (random() < 0.12 ? -8 : random() * 36) * hour;
      return {
        id: `${r}-${b}`,
        label: `BK-${r * count.bars + b} Regression of payments`,
        tone: tones[Math.floor(random() * tones.length)] ?? "good",
        tentative: random() < 0.2,
        clash: random() < 0.05,
        stripe: random() < 0.5 ? "#8557d6" : undefined,
        from,
        to,
        movable: true,
      };
    });
    const shades =
      r % 7 === 0
        ? [{ from: now + 5 * day, to: now + 8 * day, label: "Quarter-end freeze", tone: "frozen" as const }]
        : [];
    return { id: String(r), label: `ENV-${r}`, detail: "SIT · Payments", bars, shades };
  });
}

function Page({ rows }: { rows: Row[] }) {
  const [view, setView] = useState<Span>({ from: now - 2 * day, to: now + 12 * day });
  return (
    <div style={{ height: "100vh", display: "flex" }}>
      <Timeline
        label="Bench"
        rows={rows}
        view={view}
        onView={setView}
        now={now}
        onCreate={() => {}}
        onChange={() => {}}
      />
    </div>
  );
}

const rows = make();
const root = document.getElementById("root") as HTMLElement;
performance.mark("open");
createRoot(root).render(
  <MantineProvider theme={theme} forceColorScheme="light">
    <Page rows={rows} />
  </MantineProvider>,
);
// Open means drawn: two frames after the canvas has its size.
const wait = () => {
  const canvas = document.querySelector("canvas");
  if (!canvas || canvas.width < 400) return requestAnimationFrame(wait);
  requestAnimationFrame(() => requestAnimationFrame(() => performance.measure("opened", "open")));
};
wait();
