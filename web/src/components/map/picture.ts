import { type Graph, nodeHeight, nodeWidth, type Placed } from "./graph";

const plain = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export interface Palette {
  surface: string;
  sunken: string;
  line: string;
  text: string;
  dimmed: string;
  attention: string;
}

/** The whole map as an SVG text, whatever part of it is on the screen. */
export function asSvg(graph: Graph, placed: Placed, c: Palette): string {
  const at = new Map(placed.nodes.map((n) => [n.id, n]));
  const last = placed.lanes.at(-1);
  const w = placed.width + 32;
  const h = (last ? last.y + last.height : 0) + 32;
  const lanes = placed.lanes.map(
    (l) =>
      `<rect x="-8" y="${l.y}" width="${placed.width}" height="${l.height}" rx="6" fill="${c.sunken}" stroke="${c.line}"/>` +
      `<text x="4" y="${l.y + 20}" font-size="12" fill="${c.dimmed}">${plain(l.name)}</text>`,
  );
  const edges = graph.edges.flatMap((e) => {
    const a = at.get(e.from);
    const b = at.get(e.to);
    if (!a || !b) return [];
    const [x1, y1, x2, y2] = [a.x + nodeWidth, a.y + nodeHeight / 2, b.x, b.y + nodeHeight / 2];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    const colour = e.mark ? c.attention : c.dimmed;
    const dash = e.mark || e.dashed ? ' stroke-dasharray="5 3"' : "";
    const tip = (x: number, y: number, way: 1 | -1) => `M${x - 6 * way} ${y - 4}L${x} ${y}L${x - 6 * way} ${y + 4}`;
    const tips =
      (e.arrows === "to" || e.arrows === "both" ? tip(x2, y2, 1) : "") +
      (e.arrows === "from" || e.arrows === "both" ? tip(x1, y1, -1) : "");
    return `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}${tips}" fill="none" stroke="${colour}" stroke-opacity="0.6"${dash}/>`;
  });
  const nodes = graph.nodes.flatMap((n) => {
    const p = at.get(n.id);
    if (!p) return [];
    const name = n.name.length > 24 ? `${n.name.slice(0, 23)}…` : n.name;
    const stripe = n.colour
      ? `<rect x="${p.x}" y="${p.y}" width="4" height="${nodeHeight}" fill="${plain(n.colour)}"/>`
      : "";
    return (
      `<rect x="${p.x}" y="${p.y}" width="${nodeWidth}" height="${nodeHeight}" rx="6" fill="${c.surface}" stroke="${n.mark ? c.attention : c.line}"/>${stripe}` +
      `<text x="${p.x + 10}" y="${p.y + (n.about ? 17 : 24)}" font-size="12" fill="${c.text}">${n.mark ? "! " : ""}${plain(name)}</text>` +
      (n.about
        ? `<text x="${p.x + 10}" y="${p.y + 31}" font-size="10" fill="${c.dimmed}">${plain(n.about)}</text>`
        : "")
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="-16 -16 ${w} ${h}" font-family="Inter, system-ui, sans-serif"><rect x="-16" y="-16" width="${w}" height="${h}" fill="${c.surface}"/>${lanes.join("")}${edges.join("")}${nodes.join("")}</svg>`;
}

/** Draws an SVG text onto a canvas and gives it as a PNG. */
export async function asPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = url;
    });
    const canvas = document.createElement("canvas");
    // Browsers refuse canvases above a size; a large map is drawn smaller rather than not at all.
    const scale = Math.min(2, 8000 / Math.max(image.width, image.height, 1));
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
