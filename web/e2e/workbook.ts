import { crc32 } from "node:zlib";

// Workbooks as people keep them, made here so that a journey can be read together with the sheet it uploads.

/** Text, a number, a day or moment on no particular clock, or a formula with the value that was last worked out. */
export type Cell = string | number | Date | { formula: string; value: number } | undefined;

export interface Worksheet {
  name: string;
  rows: Cell[][];
  /** Ranges such as "C4:C6". */
  merged?: string[];
  hidden?: boolean;
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string);
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const parts = "http://schemas.openxmlformats.org/package/2006";

/** The bytes of an .xlsx file. */
export function workbook(sheets: Worksheet[]): Buffer {
  const numbered = sheets.map((s, i) => ({ ...s, number: i + 1 }));
  const type = (part: string, kind: string) =>
    `<Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`;
  const link = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${links}/${kind}" Target="${target}"/>`;
  return zip({
    "[Content_Types].xml": `${head}<Types xmlns="${parts}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${type("xl/workbook.xml", "sheet.main")}${type("xl/styles.xml", "styles")}${numbered
      .map((s) => type(`xl/worksheets/sheet${s.number}.xml`, "worksheet"))
      .join("")}</Types>`,
    "_rels/.rels": `${head}<Relationships xmlns="${parts}/relationships">${link("rId1", "officeDocument", "xl/workbook.xml")}</Relationships>`,
    "xl/workbook.xml": `${head}<workbook xmlns="${main}" xmlns:r="${links}"><sheets>${numbered
      .map(
        (s) =>
          `<sheet name="${escaped(s.name)}" sheetId="${s.number}"${s.hidden ? ' state="hidden"' : ""} r:id="rId${s.number}"/>`,
      )
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${head}<Relationships xmlns="${parts}/relationships">${numbered
      .map((s) => link(`rId${s.number}`, "worksheet", `worksheets/sheet${s.number}.xml`))
      .join("")}${link(`rId${sheets.length + 1}`, "styles", "styles.xml")}</Relationships>`,
    // The second format is a date with its time, as spreadsheets show it.
    "xl/styles.xml": `${head}<styleSheet xmlns="${main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>`,
    ...Object.fromEntries(numbered.map((s) => [`xl/worksheets/sheet${s.number}.xml`, sheetXML(s)])),
  });
}

function sheetXML(sheet: Worksheet): string {
  const rows = sheet.rows.map((cells, r) => {
    const written = cells.map((cell, c) => cellXML(cell, `${String.fromCharCode(65 + c)}${r + 1}`)).join("");
    return written && `<row r="${r + 1}">${written}</row>`;
  });
  const merged = sheet.merged?.map((m) => `<mergeCell ref="${m}"/>`).join("");
  return `${head}<worksheet xmlns="${main}"><sheetData>${rows.join("")}</sheetData>${merged ? `<mergeCells>${merged}</mergeCells>` : ""}</worksheet>`;
}

function cellXML(cell: Cell, at: string): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return `<c r="${at}"><v>${cell}</v></c>`;
  if (typeof cell === "string") return `<c r="${at}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`;
  if (cell instanceof Date) return `<c r="${at}" s="1"><v>${cell.getTime() / 86_400_000 + 25_569}</v></c>`;
  return `<c r="${at}"><f>${escaped(cell.formula)}</f><v>${cell.value}</v></c>`;
}

/** An archive of files that are stored as they are. */
function zip(files: Record<string, string>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, body] = [Buffer.from(name), Buffer.from(text)];
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0); // the version that is needed
    about.writeUInt16LE(0x21, 8); // 1 January 1980
    about.writeUInt32LE(crc32(body), 10);
    about.writeUInt32LE(body.length, 14);
    about.writeUInt32LE(body.length, 18);
    about.writeUInt16LE(path.length, 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(at, 10);
    bodies.push(Buffer.from("PK\x03\x04"), about, path, body);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), about, entry, path);
    at += 30 + path.length + body.length;
  }
  const end = Buffer.alloc(18);
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, ...directory, Buffer.from("PK\x05\x06"), end]);
}
