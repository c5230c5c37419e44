import { type ReactNode, useRef, useState } from "react";
import { asProblem, Problem } from "@/api/problem";
import { StaleEditDialog, type StaleField } from "./StaleEditDialog";

type Values = Record<string, unknown>;

interface Pending {
  fields: StaleField[];
  version: number;
  settle: (outcome: { saved: boolean; error?: unknown }) => void;
}

/**
 * Saves an edit against the version it was based on. When somebody else was faster (409, code "stale") it shows both
 * versions field by field and saves what was chosen against the newer version. `save` resolves to false when the
 * reader dropped their changes, and rejects with every other problem.
 */
export function useStaleSave<V extends Values>(options: {
  /** Names the record: "the team Card Issuing". */
  name: string;
  labels: Record<keyof V & string, string>;
  /** The values of a record as the server sent it. */
  read: (record: never) => V;
  put: (values: V, version: number) => Promise<unknown>;
  /** How a value reads where it is not plain text: an id by the name of what it points to. */
  show?: (field: string, value: unknown) => ReactNode;
}): { save: (base: V, yours: V, version: number) => Promise<boolean>; dialog: ReactNode } {
  const [pending, setPending] = useState<Pending>();
  const [saving, setSaving] = useState(false);
  const latest = useRef(options);
  latest.current = options;

  async function save(base: V, yours: V, version: number): Promise<boolean> {
    try {
      await latest.current.put(yours, version);
      return true;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code !== "stale" || !problem.data.current) throw problem;
      const theirs = latest.current.read(problem.data.current as never);
      const fields = Object.entries(latest.current.labels).map(([name, label]) => ({
        name,
        label: label as string,
        base: base[name],
        theirs: theirs[name],
        yours: yours[name],
      }));
      const outcome = await new Promise<{ saved: boolean; error?: unknown }>((settle) =>
        setPending({ fields, version: Number(problem.data.currentVersion), settle }),
      );
      if (outcome.error !== undefined) throw outcome.error;
      return outcome.saved;
    }
  }

  async function choose(values: Values) {
    if (!pending) return;
    setSaving(true);
    try {
      await latest.current.put(values as V, pending.version);
      pending.settle({ saved: true });
    } catch (error) {
      const again = asProblem(error);
      pending.settle({
        saved: false,
        error:
          again.code === "stale"
            ? new Problem({ status: 409, code: "stale", message: again.message, requestId: again.requestId })
            : again,
      });
    } finally {
      setSaving(false);
      setPending(undefined);
    }
  }

  const dialog = (
    <StaleEditDialog
      name={options.name}
      fields={pending?.fields}
      saving={saving}
      show={options.show}
      onClose={() => {
        pending?.settle({ saved: false });
        setPending(undefined);
      }}
      onSave={(values) => void choose(values)}
    />
  );
  return { save, dialog };
}
