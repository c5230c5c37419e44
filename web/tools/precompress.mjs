// Writes a .gz beside every text asset of the build, so that the server never compresses the same bytes twice.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const text = /\.(js|css|html|svg|json|txt|map)$/;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !text.test(entry.name)) continue;
  const file = join(entry.parentPath, entry.name);
  const raw = readFileSync(file);
  if (raw.length < 1024) continue;
  writeFileSync(`${file}.gz`, gzipSync(raw, { level: 9 }));
}
