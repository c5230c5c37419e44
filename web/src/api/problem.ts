import "./text";
import { textOr } from "@/lib/i18n";

/** One wrong place in what was sent. */
export interface ProblemField {
  path: string;
  code: string;
  message: string;
  value?: string;
}

/** A failure as the server tells it (RFC 9457), or as the browser met it (code "offline"). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: ProblemField[];
  /** What the server shows beside the message, for instance the current version of a stale record. */
  readonly data: Record<string, unknown>;
  readonly requestId?: string;

  constructor(init: {
    status: number;
    code: string;
    message: string;
    fields?: ProblemField[];
    data?: Record<string, unknown>;
    requestId?: string;
  }) {
    super(init.message);
    this.name = "Problem";
    this.status = init.status;
    this.code = init.code;
    this.fields = init.fields ?? [];
    this.data = init.data ?? {};
    this.requestId = init.requestId;
  }

  /** Whether trying the same again may help. */
  get transient(): boolean {
    return this.code === "offline" || this.status === 429 || this.status >= 500;
  }
}

/** Reads a problem out of whatever an answer carried. */
export function toProblem(response: Response, body: unknown): Problem {
  const b = (body && typeof body === "object" ? body : {}) as Record<string, unknown>;
  const { type, title, status, detail, instance, code, fields, errors, data, requestId, ...rest } = b;
  const message = [detail, title].find((s): s is string => typeof s === "string" && s !== "");
  return new Problem({
    status: response.status,
    code: typeof code === "string" ? code : `http_${response.status}`,
    message: message ?? textOr("api", `status.${response.status}`, response.statusText || "The request failed."),
    fields: toFields(fields ?? errors),
    data: { ...rest, ...(data && typeof data === "object" ? data : {}) },
    requestId: (typeof requestId === "string" && requestId) || response.headers.get("X-Request-Id") || undefined,
  });
}

function toFields(value: unknown): ProblemField[] {
  if (!Array.isArray(value)) return [];
  return value.map((f: Record<string, unknown>) => ({
    path: String(f.path ?? f.location ?? ""),
    code: String(f.code ?? "invalid"),
    message: String(f.message ?? ""),
    value: f.value === undefined || f.value === null ? undefined : String(f.value),
  }));
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException && error.name === "AbortError") {
    return new Problem({ status: 0, code: "aborted", message: "The request was stopped." });
  }
  if (error instanceof TypeError) {
    return new Problem({
      status: 0,
      code: "offline",
      message: textOr("api", "offline", "The server cannot be reached. What you typed is kept; try again."),
    });
  }
  return new Problem({ status: 0, code: "client", message: error instanceof Error ? error.message : String(error) });
}
