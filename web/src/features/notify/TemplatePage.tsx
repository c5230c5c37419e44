import {
  Badge,
  Button,
  Checkbox,
  Group,
  SimpleGrid,
  Skeleton,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { personPicker, teamPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ManyPicker } from "@/components/ManyPicker";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import classes from "./notify.module.css";
import { type Template, topicQuery } from "./queries";
import { insertAt, unknownPlaceholders } from "./template";
import { t } from "./text";

const raci = ["responsible", "accountable", "consulted", "informed"] as const;
const reasons = [
  "approver",
  "assignee",
  "mentioned",
  "holder",
  "requester",
  "affected",
  "waiting",
  "owner",
  "stakeholder",
  "watching",
] as const;

/** The mail of one topic: its text with placeholders, who gets it too, and how it will look. */
export function TemplatePage() {
  const { topic } = useParams({ strict: false }) as { topic: string };
  const query = useQuery(topicQuery(topic));
  if (query.isPending)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={320} mt="md" />
      </div>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return <Editor key={`${topic}/${query.data.version}`} template={query.data} />;
}

const read = (r: Template) => ({
  active: r.active,
  subject: r.subject,
  body: r.body,
  emails: r.recipients.emails ?? [],
  persons: r.recipients.persons ?? [],
  teams: r.recipients.teams ?? [],
  raci: r.recipients.raci ?? [],
  reasons: r.recipients.reasons ?? [],
});
type Values = ReturnType<typeof read>;

function Editor({ template: r }: { template: Template }) {
  const client = useQueryClient();
  const [base] = useState(() => read(r));
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const [resetting, setResetting] = useState(false);
  const values = form.getValues();
  const last = useRef<{ name: "subject" | "body"; from: number; to: number }>(undefined);
  const fields = { subject: useRef<HTMLInputElement>(null), body: useRef<HTMLTextAreaElement>(null) };
  const path = { topic: r.topic };
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("mail_template") });
  const stale = useStaleSave<Values>({
    name: r.title,
    labels: {
      active: t("templates.sent"),
      subject: t("template.subject"),
      body: t("template.body"),
      emails: t("template.emails"),
      persons: t("template.persons"),
      teams: t("template.teams"),
      raci: t("template.raci"),
      reasons: t("template.reasons"),
    },
    read: (record) => read(record as Template),
    put: ({ active, subject, body, ...recipients }, version) =>
      ok(
        api.PUT("/api/v1/mail-templates/{topic}", {
          params: { path, header: { "If-Match": ifMatch(version) } },
          body: { active, subject, body, recipients },
        }),
      ),
  });
  const save = () =>
    send(async (v) => {
      if (await stale.save(base, v, r.version)) {
        await refresh();
        notifications.show({ message: t("template.saved") });
      }
    });
  const remember = (name: "subject" | "body") => (e: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
    const { selectionStart, selectionEnd } = e.currentTarget;
    last.current = { name, from: selectionStart ?? 0, to: selectionEnd ?? 0 };
  };
  const insert = (name: string) => {
    const at = last.current ?? { name: "body" as const, from: values.body.length, to: values.body.length };
    const next = insertAt(values[at.name], `[[${name}]]`, at.from, at.to);
    form.setFieldValue(at.name, next.text);
    last.current = { name: at.name, from: next.caret, to: next.caret };
    requestAnimationFrame(() => {
      const field = fields[at.name].current;
      field?.focus();
      field?.setSelectionRange(next.caret, next.caret);
    });
  };
  const unknown = unknownPlaceholders(
    [values.subject, values.body],
    r.placeholders.map((p) => p.name),
  );
  return (
    <>
      <PageHeader
        title={r.title}
        about={t("template.about")}
        crumbs={[{ label: t("templates.title"), to: "/settings/mail-templates" }]}
        badge={
          <StatusBadge tone={r.active ? "good" : "idle"}>
            {r.active ? t("templates.on") : t("templates.off")}
          </StatusBadge>
        }
      >
        {r.changed && (
          <Button variant="default" onClick={() => setResetting(true)}>
            {t("template.reset")}
          </Button>
        )}
        <Button loading={busy} disabled={!form.isDirty()} onClick={() => void save()}>
          {t("save")}
        </Button>
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <Switch label={t("template.active")} {...form.getInputProps("active", { type: "checkbox" })} />
          <TextInput
            ref={fields.subject}
            label={t("template.subject")}
            maxLength={300}
            {...form.getInputProps("subject")}
            onSelect={remember("subject")}
          />
          <Textarea
            ref={fields.body}
            label={t("template.body")}
            autosize
            minRows={8}
            maxRows={24}
            maxLength={20_000}
            {...form.getInputProps("body")}
            onSelect={remember("body")}
          />
          {unknown.length > 0 && (
            <Text size="sm" c="var(--status-attention)" role="status">
              {t("template.unknown", { names: unknown.map((n) => `[[${n}]]`).join(", ") })}
            </Text>
          )}
          <section aria-label={t("template.placeholders")}>
            <Text size="sm" fw={500} mb={4}>
              {t("template.placeholders")}
            </Text>
            <Group gap={6}>
              {r.placeholders.map((p) => (
                <Button
                  key={p.name}
                  size="compact-xs"
                  variant="default"
                  title={p.title}
                  aria-label={t("template.insert", { name: p.name, title: p.title })}
                  onMouseDown={(e) => e.preventDefault()}
                  onClick={() => insert(p.name)}
                >
                  {p.name}
                </Button>
              ))}
            </Group>
          </section>
          <Title order={2} mt="md">
            {t("template.who")}
          </Title>
          <TagsInput
            label={t("template.emails")}
            description={t("template.emailsAbout")}
            splitChars={[",", ";", " "]}
            {...form.getInputProps("emails")}
          />
          <ManyPicker
            label={t("template.persons")}
            source={personPicker}
            value={values.persons}
            onChange={(v) => form.setFieldValue("persons", v)}
          />
          <ManyPicker
            label={t("template.teams")}
            source={teamPicker}
            value={values.teams}
            onChange={(v) => form.setFieldValue("teams", v)}
          />
          <Checkbox.Group
            label={t("template.raci")}
            value={values.raci}
            onChange={(v) => form.setFieldValue("raci", v)}
          >
            <Group gap="md" mt={6}>
              {raci.map((v) => (
                <Checkbox key={v} value={v} label={t(`raci.${v}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Checkbox.Group
            label={t("template.reasons")}
            description={t("template.reasonsAbout")}
            value={values.reasons}
            onChange={(v) => form.setFieldValue("reasons", v)}
          >
            <Group gap="md" mt={6}>
              {reasons.map((v) => (
                <Checkbox key={v} value={v} label={t(`reasons.${v}`)} />
              ))}
            </Group>
          </Checkbox.Group>
        </Stack>
        <Preview topic={r.topic} subject={values.subject} body={values.body} />
      </SimpleGrid>
      {stale.dialog}
      <ConfirmDialog
        opened={resetting}
        onClose={() => setResetting(false)}
        title={t("template.resetTitle", { name: r.title })}
        body={t("template.resetBody")}
        consequences={[r.standard.subject]}
        verb={t("template.reset")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/mail-templates/{topic}", {
              params: { path, header: { "If-Match": ifMatch(r.version) } },
            }),
          );
          await refresh();
        }}
      />
    </>
  );
}

function Preview({ topic, subject, body }: { topic: string; subject: string; body: string }) {
  const [asked] = useDebouncedValue(JSON.stringify({ subject, body }), 400);
  const query = useQuery({
    queryKey: ["mail preview", topic, asked],
    queryFn: () =>
      ok(api.POST("/api/v1/mail-templates/{topic}/preview", { params: { path: { topic } }, body: JSON.parse(asked) })),
    placeholderData: (before) => before,
    retry: false,
    gcTime: 0,
  });
  return (
    <section aria-label={t("template.preview")}>
      <Title order={2} mb="xs">
        {t("template.preview")}
      </Title>
      {query.isPending ? (
        <Skeleton h={220} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} />
      ) : (
        <Stack gap="xs">
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Badge variant="default">{t("template.subject")}</Badge>
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {query.data.subject}
            </Text>
          </Group>
          <pre className={classes.text}>{query.data.text}</pre>
          <Text size="xs" c="dimmed">
            {t("template.samples")}
          </Text>
        </Stack>
      )}
    </section>
  );
}
