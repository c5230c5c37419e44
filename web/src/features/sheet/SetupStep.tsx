import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useUnits } from "@/api/lookups";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { ZoneSelect } from "@/components/ZoneSelect";
import { type ClashChoice, type ImportChange, type Kind, type SheetImport, useImportActs } from "./queries";
import { chooseColumn, letters, looked, samples } from "./rules";
import classes from "./sheet.module.css";
import { t } from "./text";

const kinds = ["environments", "components", "groups", "bookings"] as const;
const clashChoices = ["request", "skip", "wait"] as const;

/** Which sheet, which columns, and what holds for all rows. */
export function SetupStep({ of }: { of: SheetImport }) {
  const acts = useImportActs(of);
  const units = useUnits();
  const [columns, setColumns] = useState<Record<string, string>>(of.choices.columns);
  const [more, setMore] = useState<ImportChange>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { header, below, width } = looked(of);
  const used = new Set(Object.values(columns));
  const options = Array.from({ length: width }, (_, i) => ({
    value: letters(i),
    label: t("setup.letter", { letter: letters(i), header: header[i] || "…" }),
  }));
  const unread = options.filter((o, i) => !used.has(o.value) && header[i]).map((o) => o.label);

  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await act();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  // Another sheet, header or kind is looked at anew by the server.
  const look = (change: ImportChange) => void run(() => acts.change({ ...more, ...change }));
  const draft = (change: ImportChange) => setMore({ ...more, ...change });

  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="sm">
        <Select
          label={t("sheet")}
          allowDeselect={false}
          disabled={of.sheets.length < 2 || busy}
          data={of.sheets.map((s) => ({
            value: s.name,
            label: s.name === "" ? t("wholeFile") : s.hidden ? t("hidden", { name: s.name }) : s.name,
          }))}
          value={of.choices.sheet}
          onChange={(sheet) => sheet !== null && look({ sheet })}
        />
        <Select
          label={t("setup.kind")}
          allowDeselect={false}
          disabled={busy}
          data={kinds.map((k) => ({ value: k, label: t(`kinds.${k}`) }))}
          value={of.kind ?? null}
          onChange={(kind) => kind && look({ kind: kind as Kind })}
        />
        <NumberInput
          label={t("setup.header")}
          min={1}
          allowDecimal={false}
          disabled={busy}
          defaultValue={of.choices.headerRow}
          onBlur={(e) => {
            const headerRow = Number(e.currentTarget.value);
            if (headerRow > 0 && headerRow !== of.choices.headerRow) look({ headerRow });
          }}
        />
        <ZoneSelect
          label={t("setup.zone")}
          description={t("setup.zoneAbout")}
          value={more.zone ?? of.choices.zone}
          onChange={(zone) => draft({ zone: zone ?? "UTC" })}
        />
        <TreeSelect
          label={t("setup.unit")}
          description={t("setup.unitAbout")}
          items={units.data ?? []}
          value={more.unitId ?? of.unitId}
          onChange={(unitId) => unitId && draft({ unitId })}
        />
        <TextInput
          label={t("setup.source")}
          description={t("setup.sourceAbout")}
          value={more.source ?? of.choices.source}
          onChange={(e) => draft({ source: e.currentTarget.value })}
        />
        {of.kind === "bookings" && (
          <>
            <Select
              label={t("setup.clashes")}
              description={t("setup.clashesAbout")}
              allowDeselect={false}
              data={clashChoices.map((c) => ({ value: c, label: t(`clashChoices.${c}`) }))}
              value={more.clashes ?? of.choices.clashes}
              onChange={(clashes) => clashes && draft({ clashes: clashes as ClashChoice })}
            />
            <TextInput
              label={t("setup.reason")}
              description={t("setup.reasonAbout")}
              value={more.overrideReason ?? of.choices.overrideReason ?? ""}
              onChange={(e) => draft({ overrideReason: e.currentTarget.value })}
            />
          </>
        )}
      </SimpleGrid>
      <Title order={2} fz="md">
        {t("setup.columns")}
      </Title>
      <PartTable
        label={t("setup.columns")}
        empty={of.fields.length === 0}
        title={t("unclear")}
        head={[t("setup.field"), t("setup.column"), t("setup.samples")]}
        rows={of.fields.map((f) => ({
          id: f.key,
          name: f.title,
          cells: [
            <div key="field">
              <Text size="sm" fw={f.required ? 600 : undefined}>
                {f.title}
                {f.required ? ` (${t("setup.required")})` : ""}
              </Text>
              {f.help && (
                <Text size="xs" c="dimmed">
                  {f.help}
                </Text>
              )}
            </div>,
            <Select
              key="column"
              aria-label={`${t("setup.column")}: ${f.title}`}
              size="xs"
              searchable
              clearable
              clearButtonProps={{ "aria-label": `${t("setup.none")}: ${f.title}` }}
              placeholder={t("setup.none")}
              data={options}
              value={columns[f.key] ?? null}
              onChange={(letter) => setColumns(chooseColumn(columns, f.key, letter ?? ""))}
            />,
            <Text key="samples" size="xs" className={classes.sample}>
              {samples(below, columns[f.key]).join(" · ")}
            </Text>,
          ],
        }))}
      >
        {unread.length > 0 && (
          <Text size="sm" c="dimmed">
            {t("setup.unread", { columns: unread.join(", ") })}
          </Text>
        )}
      </PartTable>
      <Look of={of} />
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        <Button loading={busy} onClick={() => void run(() => acts.check({ ...more, columns }))}>
          {of.state === "uploaded" ? t("setup.check") : t("setup.checkAgain")}
        </Button>
      </Group>
    </Stack>
  );
}

/** The first rows as they stand in the sheet. */
function Look({ of }: { of: SheetImport }) {
  const { sheet, width } = looked(of);
  if (!sheet) return null;
  return (
    <Stack gap={4}>
      <Title order={2} fz="md">
        {t("setup.look")}
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label={t("setup.look")} tabIndex={0} style={{ overflowX: "auto" }}>
        <Table fz="xs" withColumnBorders className={classes.look}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th aria-label={t("preview.row")} />
              {Array.from({ length: width }, (_, i) => (
                <Table.Th key={letters(i)}>{letters(i)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sheet.rows.map((r) => (
              <Table.Tr key={r.number} fw={r.number === of.choices.headerRow ? 600 : undefined}>
                <Table.Th scope="row">{r.number}</Table.Th>
                {Array.from({ length: width }, (_, i) => (
                  <Table.Td key={letters(i)}>{r.cells[i] ?? ""}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </Stack>
  );
}
