import { Anchor } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { Absent } from "@/components/Absent";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { textOr } from "@/lib/i18n";
import { t } from "./text";

const results: Record<string, Tone> = { SUCCESS: "good", FAILURE: "bad" };
const states: Record<string, Tone> = {
  DONE: "good",
  IN_PROGRESS: "active",
  TODO: "idle",
  OPEN: "active",
  MERGED: "good",
  CLOSED: "frozen",
};
/** A code of the server as a word; what the catalogue does not know is read as it is written. */
export const word = (group: string, code: string | undefined) =>
  code && textOr("delivery", `${group}.${code}`, code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " "));

export function Result({ value }: { value: string | undefined }) {
  if (!value) return <Absent />;
  return <StatusBadge tone={results[value] ?? "idle"}>{word("results", value) ?? value}</StatusBadge>;
}

export function State({ value, group = "states" }: { value: string | undefined; group?: string }) {
  if (!value) return <Absent />;
  return <StatusBadge tone={states[value] ?? "idle"}>{word(group, value) ?? value}</StatusBadge>;
}

/** Leads to the record in the tool it came from. */
export function ToolLink({ url }: { url: string | undefined }) {
  if (!url || !/^https?:\/\//.test(url)) return null;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" fz="sm">
      {t("openInTool")} <IconExternalLink size={14} style={{ verticalAlign: "-2px" }} aria-hidden />
    </Anchor>
  );
}
