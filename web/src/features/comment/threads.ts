import type { Schema } from "@/api/client";

export type Comment = Schema<"CommentView">;

export interface Thread {
  id: string;
  /** The comment that began it; undefined while earlier comments are not loaded. */
  first: Comment | undefined;
  replies: Comment[];
}

/** Comments in threads, the threads and the comments in each in the order in which they were written. */
export function threads(comments: Comment[]): Thread[] {
  const byTime = [...comments].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
  const found = new Map<string, Thread>();
  for (const c of byTime) {
    const thread = found.get(c.threadId) ?? { id: c.threadId, first: undefined, replies: [] };
    found.set(c.threadId, thread);
    if (c.id === c.threadId) thread.first = c;
    else thread.replies.push(c);
  }
  return [...found.values()];
}
