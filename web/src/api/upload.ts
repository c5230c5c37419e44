import { uniqueKey } from "./client";
import { asProblem, toProblem } from "./problem";

/**
 * Sends a table (pasted text or a file) to an import address and returns its report, or throws a Problem. The address
 * takes raw bodies, which the typed client does not know.
 */
export async function sendTable<Report>(
  path: string,
  query: Record<string, string | undefined>,
  table: { text: string } | { file: File },
): Promise<Report> {
  const params = new URLSearchParams(Object.entries(query).filter((e): e is [string, string] => Boolean(e[1])));
  const headers: Record<string, string> = { Accept: "application/json", "Idempotency-Key": uniqueKey() };
  // Pasted text travels as a file too: every import address reads files.
  const body = new FormData();
  body.set("file", "file" in table ? table.file : new File([table.text], "pasted.csv", { type: "text/csv" }));
  let response: Response;
  try {
    response = await fetch(`${path}?${params}`, { method: "POST", credentials: "same-origin", headers, body });
  } catch (error) {
    throw asProblem(error);
  }
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw toProblem(response, answer);
  return answer as Report;
}
