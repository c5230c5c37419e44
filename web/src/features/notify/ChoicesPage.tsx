import { Alert, Button, Checkbox, Group, Select, Skeleton, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { ZoneSelect } from "@/components/ZoneSelect";
import classes from "./notify.module.css";
import { type Choices, grouped } from "./queries";
import { t } from "./text";

type Mail = Choices["topics"][number]["mail"];
const mails: Mail[] = ["at_once", "digest", "off"];

/** How the reader is told: for each topic in the inbox and by mail, and when mails wait. */
export function ChoicesPage() {
  const query = useQuery({
    queryKey: keys.one("notification_choice", "me"),
    queryFn: async ({ signal }) => {
      const answer = await api.GET("/api/v1/notification-choices", { signal });
      const choices = await ok(Promise.resolve(answer));
      return { choices, etag: answer.response.headers.get("ETag") ?? "*" };
    },
    refetchOnWindowFocus: false,
  });
  if (query.isPending)
    return (
      <Stack py="md" aria-busy>
        <Skeleton h={64} maw={860} />
        <Skeleton h={320} maw={860} />
      </Stack>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return <ChoicesForm key={query.data.etag} {...query.data} />;
}

function ChoicesForm({ choices, etag }: { choices: Choices; etag: string }) {
  const client = useQueryClient();
  const [setting, setSetting] = useState({
    quietFrom: choices.quietFrom ?? "",
    quietTo: choices.quietTo ?? "",
    digestAt: choices.digestAt,
    timeZone: choices.timeZone ?? "",
  });
  const [topics, setTopics] = useState(choices.topics);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const put = (topic: string, patch: Partial<Choices["topics"][number]>) =>
    setTopics((all) => all.map((c) => (c.topic === topic ? { ...c, ...patch } : c)));
  const field = (name: keyof typeof setting) => ({
    value: setting[name],
    onChange: (e: { currentTarget: { value: string } }) => {
      const { value } = e.currentTarget;
      setSetting((s) => ({ ...s, [name]: value }));
    },
  });
  const standard = topics.every((c) => c.inbox === c.standard.inbox && c.mail === c.standard.mail);
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT("/api/v1/notification-choices", {
          params: { header: { "If-Match": etag } },
          body: { ...setting, topics: topics.map(({ topic, inbox, mail }) => ({ topic, inbox, mail })) },
        }),
      );
      notifications.show({ message: t("choices.saved") });
      await client.invalidateQueries({ queryKey: keys.all("notification_choice") });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="lg" py="md" className={classes.topics}>
        {!choices.mail && (
          <Alert variant="default" title={t("choices.noMail")}>
            {t("choices.noMailBody")}
          </Alert>
        )}
        <section>
          <Title order={2} mb="xs">
            {t("choices.whenTitle")}
          </Title>
          <Group align="flex-end" gap="sm">
            <TextInput type="time" w={130} label={t("choices.quietFrom")} {...field("quietFrom")} />
            <TextInput type="time" w={130} label={t("choices.quietTo")} {...field("quietTo")} />
            <TextInput type="time" w={130} label={t("choices.digestAt")} required {...field("digestAt")} />
            <ZoneSelect
              w={240}
              label={t("choices.zone")}
              placeholder={choices.personTimeZone || "UTC"}
              clearable
              clearButtonProps={{ "aria-label": t("choices.clearZone") }}
              value={setting.timeZone}
              onChange={(zone) => setSetting((s) => ({ ...s, timeZone: zone ?? "" }))}
            />
          </Group>
          <Text size="xs" c="dimmed" mt={6}>
            {t("choices.quietAbout")}
          </Text>
        </section>
        {grouped(topics).map(({ group, rows }) => (
          <section key={group}>
            <Group justify="space-between" mb={4}>
              <Title order={2}>{group || t("choices.others")}</Title>
              <Group gap={4}>
                {mails.map((m) => (
                  <Button
                    key={m}
                    size="compact-xs"
                    variant="subtle"
                    aria-label={t("choices.allOf", { group: group || t("choices.others"), mail: t(`mails.${m}`) })}
                    onClick={() => {
                      const held = new Set(rows.map((r) => r.topic));
                      setTopics((all) => all.map((c) => (held.has(c.topic) ? { ...c, mail: m } : c)));
                    }}
                  >
                    {t("choices.all", { mail: t(`mails.${m}`) })}
                  </Button>
                ))}
              </Group>
            </Group>
            <Table aria-label={group || t("choices.others")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("choices.topic")}</Table.Th>
                  <Table.Th w={70}>{t("choices.inbox")}</Table.Th>
                  <Table.Th w={140}>{t("choices.mail")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((c) => (
                  <Table.Tr key={c.topic}>
                    <Table.Td>{c.title}</Table.Td>
                    <Table.Td>
                      <Checkbox
                        aria-label={t("choices.inboxOf", { topic: c.title })}
                        checked={c.inbox}
                        onChange={(e) => put(c.topic, { inbox: e.currentTarget.checked })}
                      />
                    </Table.Td>
                    <Table.Td>
                      <Select
                        aria-label={t("choices.mailOf", { topic: c.title })}
                        allowDeselect={false}
                        data={mails.map((m) => ({ value: m, label: t(`mails.${m}`) }))}
                        value={c.mail}
                        onChange={(v) => v && put(c.topic, { mail: v as Mail })}
                      />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
        ))}
        {problem !== undefined && <ProblemAlert error={asProblem(problem)} />}
        <Group gap="xs" className={classes.foot}>
          <Button type="submit" loading={busy}>
            {t("save")}
          </Button>
          <Button
            variant="default"
            disabled={standard}
            onClick={() => setTopics((all) => all.map((c) => ({ ...c, ...c.standard })))}
          >
            {t("choices.standard")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
