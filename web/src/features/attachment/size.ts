/** The size of a file in words: "0 B", "999 B", "1.5 MB". Sizes count in thousands, as file managers do. */
export function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let n = bytes;
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  const digits = unit > 0 && n < 9.95 ? 1 : 0;
  return `${n.toFixed(digits)} ${units[unit]}`;
}

/** Only the web is opened from a link, whatever the record holds. */
export function safeHref(address: string | undefined): string | undefined {
  return address && /^https?:\/\//i.test(address) ? address : undefined;
}
