import { uniqueKey } from "@/api/client";
import { asProblem, Problem, toProblem } from "@/api/problem";

/** Sends one file and tells how far it is, from 0 to 1. The typed client knows neither raw bodies nor progress. */
export function sendFile(path: string, file: File, onProgress: (part: number) => void, signal: AbortSignal) {
  return new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Idempotency-Key", uniqueKey());
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve();
        return;
      }
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // An answer of something in between, such as a proxy.
      }
      reject(toProblem(new Response(null, { status: request.status || 500 }), body));
    };
    request.onerror = () => reject(asProblem(new TypeError("network")));
    request.onabort = () => reject(new Problem({ status: 0, code: "aborted", message: "The upload was stopped." }));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
