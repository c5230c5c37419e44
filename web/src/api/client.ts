import createClient, { type Middleware } from "openapi-fetch";
import { asProblem, toProblem } from "./problem";
import type { components, paths } from "./schema";

/** The records of the API, by the names of its document: `Schema<"PeoplePerson">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** Random and unique; works on plain http, where crypto.randomUUID is missing. */
export function uniqueKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const idempotent: Middleware = {
  onRequest({ request }) {
    // A POST whose answer was lost must not be done twice when the browser or a person tries again.
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", uniqueKey());
    }
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: "",
  credentials: "same-origin",
  headers: { Accept: "application/json, application/problem+json" },
});
api.use(idempotent);

/**
 * Waits for a call and returns its data, or throws a Problem.
 *
 *     const page = await ok(api.GET("/api/v1/persons", { params: { query: { unit } }, signal }));
 */
export async function ok<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Exclude<T, undefined>> {
  let answer: { data?: T; error?: unknown; response: Response };
  try {
    answer = await call;
  } catch (error) {
    throw asProblem(error);
  }
  if (!answer.response.ok) throw toProblem(answer.response, answer.error);
  return answer.data as Exclude<T, undefined>;
}

/** The header that makes a change apply only to the version that was read. */
export function ifMatch(version: number | string): string {
  return `"${version}"`;
}
