import { Anchor, Button, FileButton, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { sendTable } from "@/api/upload";
import { ProblemAlert } from "@/components/ProblemAlert";
import { zoneName } from "@/lib/time";
import { useUnitScope } from "@/lib/url";
import { kind, type SheetImport, useMappings } from "./queries";
import classes from "./sheet.module.css";
import { t } from "./text";

const kinds = ["environments", "components", "groups", "bookings"] as const;

/** Takes a file or a pasted table; what it holds is found out by the server. */
export function UploadCard({ onDone }: { onDone: (id: string) => void }) {
  const client = useQueryClient();
  const unit = useUnitScope();
  const { data: mappings = [] } = useMappings();
  const [text, setText] = useState("");
  const [mapping, setMapping] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  const send = async (table: { file: File } | { text: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const query = { unitId: unit, mapping: mapping ?? undefined, zone: zoneName() };
      const made = await sendTable<SheetImport>("/api/v1/environment-imports", query, table);
      await client.invalidateQueries({ queryKey: [kind, "list"] });
      onDone(made.id);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const file = e.dataTransfer.files[0];
    if (file) void send({ file });
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a shortcut of the button inside
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack gap="sm">
        <Group gap="xs">
          <FileButton accept=".csv,.tsv,.txt,.xlsx,text/csv" onChange={(file) => file && void send({ file })}>
            {(props) => (
              <Button {...props} loading={busy} leftSection={<IconFileSpreadsheet size={16} />}>
                {t("upload.choose")}
              </Button>
            )}
          </FileButton>
          <Text size="sm">{t("upload.or")}</Text>
        </Group>
        <Text size="sm" c="dimmed">
          {t("upload.formats")}
        </Text>
        {mappings.length > 0 && (
          <Select
            label={t("upload.mapping")}
            description={t("upload.mappingAbout")}
            maw={420}
            clearable
            searchable
            clearButtonProps={{ "aria-label": t("discard") }}
            data={mappings.map((m) => ({ value: m.id, label: `${m.name} (${t(`kinds.${m.kind}`)})` }))}
            value={mapping}
            onChange={setMapping}
          />
        )}
        <Textarea
          label={t("upload.paste")}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12, whiteSpace: "pre" } }}
        />
        {text.trim() !== "" && (
          <Group>
            <Button variant="default" loading={busy} onClick={() => void send({ text })}>
              {t("upload.send")}
            </Button>
          </Group>
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Text size="sm">
          {t("upload.templates")}{" "}
          {kinds.map((k, i) => (
            <span key={k}>
              {i > 0 && " · "}
              <Anchor href={`/api/v1/environment-imports/template?kind=${k}`} fz="sm" download>
                {t(`kinds.${k}`)}
              </Anchor>
            </span>
          ))}
        </Text>
      </Stack>
    </div>
  );
}
