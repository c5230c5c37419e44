import { Button, Checkbox, FileButton, Group, Stack, Table, Text, Textarea } from "@mantine/core";
import { IconFileSpreadsheet, IconX } from "@tabler/icons-react";
import { type DragEvent, useState } from "react";
import { sendTable } from "@/api/upload";
import { ProblemAlert } from "./ProblemAlert";
import { StatusBadge, type Tone } from "./StatusBadge";
import classes from "./TableImport.module.css";
import { t } from "./text";

/** What an import did, or would do: the server's report. */
export interface ImportReport {
  applied: boolean;
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  invalid: number;
  ignoredColumns: string[];
  items: {
    row: number;
    action: string;
    name?: string;
    email?: string;
    key?: string;
    unit?: string;
    errors?: { path: string; message: string; value?: string }[];
  }[];
  truncated: boolean;
}

const tones: Record<string, Tone> = { create: "good", update: "active", unchanged: "idle", invalid: "bad" };
const knownActs = ["create", "update", "unchanged", "invalid"] as const;

/** Where a fault lies: "row 3, column Unit" names the column. */
function columnOf(path: string): string {
  return /column (.+)$/.exec(path)?.[1] ?? path.replace(/^body\./, "");
}

/**
 * Brings a table in: paste or choose a file, see row by row what would happen and what is wrong where, then save
 * exactly that.
 */
export function TableImport({
  path,
  unit,
  columns,
  example,
  onDone,
}: {
  /** The import address: "/api/v1/persons/imports". */
  path: string;
  /** The unit of new records whose row names none. */
  unit?: string;
  /** The columns the table may have, as a sentence says them. */
  columns: string;
  example: string;
  onDone: (report: ImportReport) => void;
}) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<File>();
  const [report, setReport] = useState<ImportReport>();
  const [skip, setSkip] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [over, setOver] = useState(false);
  const ready = Boolean(file) || text.trim() !== "";

  const send = async (dryRun: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const query = {
        dryRun: dryRun ? "true" : undefined,
        skipInvalid: !dryRun && skip ? "true" : undefined,
        unit,
        unitId: unit,
      };
      const answer = await sendTable<ImportReport>(path, query, file ? { file } : { text });
      if (dryRun) setReport(answer);
      else onDone(answer);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const change = (next: { text?: string; file?: File | undefined }) => {
    setReport(undefined);
    setProblem(undefined);
    if ("text" in next) setText(next.text ?? "");
    if ("file" in next) setFile(next.file);
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const dropped = e.dataTransfer.files[0];
    if (dropped) change({ file: dropped });
  };
  const saves = (report?.created ?? 0) + (report?.updated ?? 0);

  return (
    <Stack gap="md">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a shortcut of the button inside */}
      <div
        className={classes.input}
        data-over={over || undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {file ? (
          <Group gap="xs">
            <IconFileSpreadsheet size={20} aria-hidden />
            <Text size="sm">{t("import.chosen", { name: file.name })}</Text>
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={<IconX size={14} />}
              onClick={() => change({ file: undefined })}
            >
              {t("import.drop")}
            </Button>
          </Group>
        ) : (
          <>
            <Textarea
              label={t("import.paste")}
              description={t("import.columns", { columns })}
              autosize
              minRows={6}
              maxRows={14}
              value={text}
              spellCheck={false}
              onChange={(e) => change({ text: e.currentTarget.value })}
              styles={{
                input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12, whiteSpace: "pre" },
              }}
            />
            <Group gap="xs" mt="xs">
              <FileButton
                accept=".csv,.tsv,.txt,.xlsx,text/csv"
                onChange={(chosen) => chosen && change({ file: chosen })}
              >
                {(props) => (
                  <Button {...props} variant="default" leftSection={<IconFileSpreadsheet size={16} />}>
                    {t("import.choose")}
                  </Button>
                )}
              </FileButton>
              {!text && (
                <Button variant="subtle" color="gray" onClick={() => change({ text: example })}>
                  {t("import.example")}
                </Button>
              )}
            </Group>
          </>
        )}
      </div>
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group gap="xs">
        <Button
          variant={report ? "default" : "filled"}
          loading={busy && !report}
          disabled={!ready}
          onClick={() => void send(true)}
        >
          {report ? t("import.again") : t("import.preview")}
        </Button>
        {report && (
          <Button
            loading={busy}
            disabled={saves === 0 || (report.invalid > 0 && !skip)}
            onClick={() => void send(false)}
          >
            {t("import.save", { count: saves })}
          </Button>
        )}
      </Group>
      {report && <Report report={report} skip={skip} setSkip={setSkip} />}
    </Stack>
  );
}

function Report({ report, skip, setSkip }: { report: ImportReport; skip: boolean; setSkip: (v: boolean) => void }) {
  return (
    <Stack gap="sm" aria-live="polite">
      <Group gap="md">
        <StatusBadge tone="good">{t("import.create", { count: report.created })}</StatusBadge>
        <StatusBadge tone="active">{t("import.update", { count: report.updated })}</StatusBadge>
        <StatusBadge tone="idle">{t("import.same", { count: report.unchanged })}</StatusBadge>
        {report.invalid > 0 && <StatusBadge tone="bad">{t("import.faulty", { count: report.invalid })}</StatusBadge>}
      </Group>
      {report.ignoredColumns.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("import.ignored", { columns: report.ignoredColumns.join(", ") })}
        </Text>
      )}
      {report.invalid > 0 && (
        <>
          <Text size="sm">{t("import.correct")}</Text>
          <Checkbox label={t("import.skip")} checked={skip} onChange={(e) => setSkip(e.currentTarget.checked)} />
        </>
      )}
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={60} ta="right">
                {t("import.row")}
              </Table.Th>
              <Table.Th w={120}>{t("import.act")}</Table.Th>
              <Table.Th>{t("import.record")}</Table.Th>
              <Table.Th>{t("import.fault")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.items.map((item) => {
              const act = knownActs.find((a) => a === item.action);
              return (
                <Table.Tr key={item.row}>
                  <Table.Td ta="right">{item.row}</Table.Td>
                  <Table.Td>
                    <StatusBadge tone={tones[item.action] ?? "idle"}>
                      {act ? t(`import.acts.${act}`) : item.action}
                    </StatusBadge>
                  </Table.Td>
                  <Table.Td>
                    {item.name || item.key || item.email}
                    <Text size="xs" c="dimmed">
                      {[item.name ? (item.email ?? item.key) : undefined, item.unit].filter(Boolean).join(" · ")}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    {item.errors?.map((e) => (
                      <Text key={e.path + e.message} size="sm">
                        <b>{columnOf(e.path)}</b>
                        {e.value ? ` “${e.value}”` : ""}: {e.message}
                      </Text>
                    ))}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {report.truncated && (
        <Text size="sm" c="dimmed">
          {t("import.truncated", { count: report.rows })}
        </Text>
      )}
    </Stack>
  );
}
