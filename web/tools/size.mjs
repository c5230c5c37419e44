// Adds up what a browser loads before the sign-in form stands, gzipped, and fails when it is too much or when a
// library that belongs to later pages has crept in. Run after `npm run build`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const limit = 350 * 1024;
const never = ["echarts", "zrender", "@xyflow", "elkjs"];
const entries = ["index.html", "src/features/identity/SignInPage.tsx"];

const dist = new URL("../dist/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));

const files = new Set(["index.html", "theme.js", "favicon.svg"]);
const seen = new Set();
function add(key) {
  if (seen.has(key)) return;
  seen.add(key);
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build's manifest`);
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const key of chunk.imports ?? []) add(key);
}
for (const entry of entries) add(entry);
// A Latin reader loads one font file; the other subsets are fetched only when their letters occur.
for (const chunk of Object.values(manifest)) {
  for (const asset of chunk.assets ?? []) if (/inter-latin-wght-normal/.test(asset)) files.add(asset);
}

let total = 0;
const rows = [];
const faults = [];
for (const file of files) {
  const raw = readFileSync(join(dist, file));
  const size = /\.woff2$/.test(file) ? raw.length : gzipSync(raw, { level: 9 }).length;
  total += size;
  rows.push([size, file]);
  if (!file.endsWith(".js")) continue;
  for (const name of never) if (raw.includes(name)) faults.push(`${name} is in ${file}`);
}
rows.sort((a, b) => b[0] - a[0]);
for (const [size, file] of rows) console.log(`${(size / 1024).toFixed(1).padStart(8)} KB  ${file}`);
console.log(`${(total / 1024).toFixed(1).padStart(8)} KB  sign-in route in all, of ${limit / 1024} KB`);
if (total > limit) faults.push(`the sign-in route is ${Math.ceil((total - limit) / 1024)} KB over its limit`);
if (faults.length) {
  for (const fault of faults) console.error(fault);
  process.exit(1);
}
