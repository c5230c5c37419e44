import { ActionIcon, Button, Group, MultiSelect, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { applicationPicker } from "@/api/lookups";
import { RemotePicker } from "@/components/RemotePicker";
import { useStack } from "./queries";
import classes from "./request.module.css";
import type { CardDraft } from "./rules";
import { t } from "./text";

type Target = CardDraft["targets"][number];

/** One card of the progression path: what it comes to have, on which hosts, and what else is to be known. */
export function CardFields({ card: c, onChange }: { card: CardDraft; onChange: (patch: Partial<CardDraft>) => void }) {
  const stack = useStack(c.environment);
  const components = [
    ...new Set(
      [...(stack.data?.components ?? []), ...(stack.data?.hosts.flatMap((h) => h.components) ?? [])].map((x) => x.name),
    ),
  ];
  const hosts = (stack.data?.hosts ?? []).map((h) => ({ value: h.id, label: h.name }));
  const put = (at: number, patch: Partial<Target>) =>
    onChange({ targets: c.targets.map((x, i) => (i === at ? { ...x, ...patch } : x)) });
  return (
    <Stack gap="xs" className={classes.words}>
      <Text size="sm" fw={600}>
        {c.name}
      </Text>
      {c.targets.map((x, i) => (
        // Targets have no ids; their order stands for them.
        <Group
          key={i}
          gap="xs"
          wrap="nowrap"
          align="flex-end"
          role="group"
          aria-label={t("cards.target", { at: i + 1 })}
        >
          {components.length > 0 && !x.application ? (
            <Select
              style={{ flex: 2 }}
              label={t("cards.component")}
              searchable
              allowDeselect={false}
              data={x.component && !components.includes(x.component) ? [x.component, ...components] : components}
              value={x.component || null}
              onChange={(component) => put(i, { component: component ?? "" })}
            />
          ) : (
            <RemotePicker
              style={{ flex: 2 }}
              label={t("needs.application")}
              source={applicationPicker}
              value={x.application || null}
              onChange={(application) => put(i, { application: application ?? "", component: undefined })}
            />
          )}
          <TextInput
            style={{ flex: 1 }}
            label={t("cards.version")}
            maxLength={200}
            value={x.version ?? ""}
            onChange={(e) => put(i, { version: e.currentTarget.value })}
          />
          <ActionIcon
            mb={6}
            aria-label={t("cards.removeTarget", { at: i + 1 })}
            onClick={() => onChange({ targets: c.targets.filter((_, k) => k !== i) })}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      {hosts.length > 0 && c.hosts.length > 0 && (
        <MultiSelect
          label={t("cards.hosts")}
          data={hosts}
          value={c.hosts}
          onChange={(list) => onChange({ hosts: list })}
        />
      )}
      <Textarea
        aria-label={t("cards.noteOf", { name: c.name })}
        placeholder={t("cards.note")}
        autosize
        minRows={1}
        maxRows={4}
        maxLength={2000}
        value={c.note}
        onChange={(e) => onChange({ note: e.currentTarget.value })}
      />
      <Group gap="xs">
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          aria-label={t("cards.addTargetTo", { name: c.name })}
          onClick={() => onChange({ targets: [...c.targets, {}] })}
        >
          {t("cards.addTarget")}
        </Button>
        {hosts.length > 0 && c.hosts.length === 0 && (
          <Select
            size="xs"
            aria-label={t("cards.onlyHostsOf", { name: c.name })}
            placeholder={t("cards.onlyHosts")}
            data={hosts}
            value={null}
            onChange={(id) => id && onChange({ hosts: [id] })}
          />
        )}
      </Group>
    </Stack>
  );
}
