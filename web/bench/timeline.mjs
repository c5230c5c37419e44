// Measures the timeline in a real browser: how long it takes to open, and how long frames take while it scrolls, pans
// and zooms. Prints numbers and judges nothing, because they depend on the machine.
//
//     node bench/timeline.mjs [--rows 2000] [--bars 50] [--width 1280] [--height 800]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { chromium } from "playwright-core";
import { build } from "vite";

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
};
const rows = option("rows", 2000);
const bars = option("bars", 50);
const viewport = { width: option("width", 1280), height: option("height", 800) };
const say = (text) => process.stdout.write(`${text}\n`);

const here = fileURLToPath(new URL(".", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "millrace-bench-"));
await build({
  configFile: false,
  root: here,
  logLevel: "error",
  plugins: [react()],
  resolve: { alias: { "@": join(here, "../src") } },
  build: { outDir: out, emptyOutDir: true, rolldownOptions: { input: join(here, "timeline.html") } },
});
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, "http://x").pathname);
  try {
    const body = readFileSync(join(out, path));
    response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});

/** Runs something in the page while every frame is timed, and tells how they lie. */
async function frames(page, act) {
  await page.evaluate(() => {
    window.frames_ = [];
    window.work_ = [];
    window.going_ = true;
    let before = performance.now();
    const tick = (at) => {
      window.frames_.push(at - before);
      before = at;
      if (window.going_) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await act();
  const [times, work] = await page.evaluate(() => {
    window.going_ = false;
    return [window.frames_.slice(2), window.work_];
  });
  times.sort((a, b) => a - b);
  work.sort((a, b) => a - b);
  const of = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))].toFixed(1);
  const at = (share) => of(times, share);
  return `frames ${times.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; script a frame p50 ${of(work, 0.5)} ms, p95 ${of(work, 0.95)} ms`;
}

try {
  say(
    `${rows} rows × ${bars} bars = ${rows * bars} bars, ${viewport.width}×${viewport.height}, load ${loadavg()[0].toFixed(1)}`,
  );
  const opened = [];
  let page;
  for (let i = 0; i < 5; i++) {
    await page?.close();
    page = await browser.newPage({ viewport });
    // What the page itself does in a frame, apart from a busy machine and the drawing of the browser.
    await page.addInitScript(() => {
      window.work_ = [];
      const ask = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (act) =>
        ask((at) => {
          const begun = performance.now();
          act(at);
          const took = performance.now() - begun;
          if (took > 0.05) window.work_.push(took);
        });
    });
    await page.goto(`${base}/timeline.html?rows=${rows}&bars=${bars}`);
    await page.waitForFunction(() => performance.getEntriesByName("opened").length > 0);
    opened.push(await page.evaluate(() => performance.getEntriesByName("opened")[0].duration));
  }
  opened.sort((a, b) => a - b);
  say(`open    median ${opened[2].toFixed(0)} ms, worst ${opened[4].toFixed(0)} ms`);

  const inPage = (name) =>
    page.evaluate(async (what) => {
      const element = document.querySelector("[role=application]");
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const wheel = (init) =>
        element.dispatchEvent(
          new WheelEvent("wheel", { bubbles: true, cancelable: true, clientX: 700, clientY: 400, ...init }),
        );
      for (let i = 0; i < 300; i++) {
        if (what === "scroll") element.scrollTop += 137;
        if (what === "pan") wheel({ deltaX: i < 150 ? 24 : -24 });
        if (what === "zoom") wheel({ ctrlKey: true, deltaY: i % 60 < 30 ? 12 : -12 });
        await frame();
      }
    }, name);
  for (const what of ["scroll", "pan", "zoom"]) say(`${what.padEnd(7)} ${await frames(page, () => inPage(what))}`);
} finally {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
  rmSync(out, { recursive: true, force: true });
}
