import { Pill, Stack } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { PickerSource } from "@/lib/picker";
import { RemotePicker } from "./RemotePicker";
import { t } from "./text";

/** Chooses several records, each by searching on the server; what is chosen stands below and can be taken away. */
export function ManyPicker({
  source,
  value,
  onChange,
  label,
  description,
  error,
  names = {},
}: {
  source: PickerSource;
  value: string[];
  onChange: (ids: string[]) => void;
  label: string;
  description?: string;
  error?: string;
  /** Names that are known already, by id. */
  names?: Record<string, string>;
}) {
  const [picked, setPicked] = useState<Record<string, string>>({});
  const known = { ...names, ...picked };
  const asked = useQueries({
    queries: value
      .filter((id) => !known[id])
      .map((id) => ({
        queryKey: [source.key, "one", id, "name"],
        queryFn: async ({ signal }: { signal: AbortSignal }) => ({
          id,
          name: (await source.name?.(id, signal)) ?? id,
        }),
        staleTime: 5 * 60_000,
        retry: false,
      })),
  });
  for (const q of asked) if (q.data) known[q.data.id] = q.data.name;
  const offered: PickerSource = {
    ...source,
    find: async (q, signal) => (await source.find(q, signal)).filter((o) => !value.includes(o.value)),
  };
  return (
    <Stack gap={6}>
      <RemotePicker
        // A new picker after each choice: it is empty again.
        key={value.length}
        label={label}
        description={description}
        error={error}
        source={offered}
        value={null}
        onChange={(id, name) => {
          if (!id || value.includes(id)) return;
          if (name) setPicked((all) => ({ ...all, [id]: name }));
          onChange([...value, id]);
        }}
      />
      {value.length > 0 && (
        <Pill.Group aria-label={label} role="group">
          {value.map((id) => (
            <Pill
              key={id}
              size="md"
              withRemoveButton
              removeButtonProps={{
                "aria-label": t("picker.remove", { name: known[id] ?? id }),
                "aria-hidden": false,
                tabIndex: 0,
              }}
              onRemove={() => onChange(value.filter((v) => v !== id))}
            >
              {known[id] ?? "…"}
            </Pill>
          ))}
        </Pill.Group>
      )}
    </Stack>
  );
}
