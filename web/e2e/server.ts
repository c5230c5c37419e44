import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    base: string;
    email: string;
    password: string;
  }
}

const password = "a quiet river in may";

/**
 * Gives the journeys a server: the one at MILLRACE_URL (with MILLRACE_EMAIL and MILLRACE_PASSWORD of an administrator),
 * or the built binary on a free port with an empty database, set up by its own set-up link.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.MILLRACE_URL;
  if (given) {
    project.provide("base", given.replace(/\/$/, ""));
    project.provide("email", process.env.MILLRACE_EMAIL ?? "admin@example.com");
    project.provide("password", process.env.MILLRACE_PASSWORD ?? password);
    return async () => {};
  }
  const binary = process.env.MILLRACE_BIN ?? new URL("../../bin/millrace", import.meta.url).pathname;
  if (!existsSync(binary))
    throw new Error(`${binary} is missing; build it with "make build" or name a server in MILLRACE_URL`);
  const data = mkdtempSync(join(tmpdir(), "millrace-e2e-"));
  const server = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, MILLRACE_GIT_PATHS: tmpdir() }, // journeys connect repositories they make there
  });
  const { base, token } = await started(server);
  const answer = await fetch(`${base}/api/v1/setup`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: base },
    body: JSON.stringify({ token, name: "Ada Okafor", email: "admin@example.com", password }),
  });
  if (!answer.ok) throw new Error(`set-up: ${answer.status} ${await answer.text()}`);
  project.provide("base", base);
  project.provide("email", "admin@example.com");
  project.provide("password", password);
  return async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
}

function started(server: ChildProcess): Promise<{ base: string; token: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${text}`)), 30_000);
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const base = /ready at (http\S+)/.exec(text)?.[1];
      const token = /setup\?token=(\w+)/.exec(text)?.[1];
      if (base && token) {
        clearTimeout(timer);
        resolve({ base, token });
      }
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${text}`)));
  });
}
