import { Button, Group, Modal, Radio, Stack, Table, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Absent } from "./Absent";
import { t } from "./text";

/** A field as it stood when editing began, as somebody saved it meanwhile, and as the reader wants it. */
export interface StaleField {
  name: string;
  label: string;
  base: unknown;
  theirs: unknown;
  yours: unknown;
}

/** Fields both sides changed to different values; only these need a choice. */
export function conflicts(fields: StaleField[]): StaleField[] {
  return fields.filter((f) => !same(f.base, f.theirs) && !same(f.base, f.yours) && !same(f.theirs, f.yours));
}

/** The values to save: theirs where only they changed, ours where only we did, the chosen side where both did. */
export function merged(fields: StaleField[], choice: Record<string, "theirs" | "yours">): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((f) => {
      if (same(f.base, f.yours)) return [f.name, f.theirs];
      if (same(f.base, f.theirs)) return [f.name, f.yours];
      return [f.name, (choice[f.name] ?? "yours") === "theirs" ? f.theirs : f.yours];
    }),
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? "") === JSON.stringify(b ?? "");
}

function plain(value: unknown): ReactNode {
  if (value === undefined || value === null || value === "") return <Absent />;
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Shown when a save meets a newer version (409, code "stale"): both versions field by field, and a choice. */
export function StaleEditDialog({
  name,
  fields,
  onClose,
  onSave,
  saving,
  show = (_, value) => plain(value),
}: {
  name: string;
  fields: StaleField[] | undefined;
  onClose: () => void;
  onSave: (values: Record<string, unknown>) => void;
  saving?: boolean;
  show?: (field: string, value: unknown) => ReactNode;
}) {
  const [choice, setChoice] = useState<Record<string, "theirs" | "yours">>({});
  const open = conflicts(fields ?? []);
  return (
    <Modal
      opened={fields !== undefined}
      onClose={onClose}
      size="lg"
      title={t("stale.title", { name })}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack gap="sm">
        <Text size="sm">{open.length ? t("stale.body") : t("stale.none")}</Text>
        {open.length > 0 && (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("stale.field")}</Table.Th>
                <Table.Th>{t("stale.theirs")}</Table.Th>
                <Table.Th>{t("stale.yours")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {open.map((f) => (
                <Table.Tr key={f.name}>
                  <Table.Th scope="row">{f.label}</Table.Th>
                  {(["theirs", "yours"] as const).map((side) => (
                    <Table.Td key={side}>
                      <Radio
                        name={`stale-${f.name}`}
                        checked={(choice[f.name] ?? "yours") === side}
                        onChange={() => setChoice({ ...choice, [f.name]: side })}
                        label={
                          f[side] === undefined || f[side] === null || f[side] === "" ? (
                            <Absent />
                          ) : (
                            show(f.name, f[side])
                          )
                        }
                        aria-label={`${f.label}: ${side === "theirs" ? t("stale.theirs") : t("stale.yours")}`}
                      />
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("stale.discard")}
          </Button>
          <Button loading={saving} onClick={() => onSave(merged(fields ?? [], choice))}>
            {t("stale.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
