// CSV after RFC 4180, safe to open in a spreadsheet: a text that a spreadsheet would take for a formula is quoted by
// an apostrophe.

export type CsvValue = string | number | boolean | null | undefined;

export function csvLine(values: CsvValue[]): string {
  return values.map(csvCell).join(",");
}

export function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(header: string[], rows: CsvValue[][]): string {
  return `${[csvLine(header), ...rows.map(csvLine)].join("\r\n")}\r\n`;
}

export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** "persons-2026-05-14.csv" */
export function fileName(base: string, extension: string, now = new Date()): string {
  return `${base}-${now.toISOString().slice(0, 10)}.${extension}`;
}
