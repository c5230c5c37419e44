import { Button, Group, List, SimpleGrid, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useStaleSave } from "@/components/useStaleSave";
import classes from "./connector.module.css";
import { type Connection, useConnection, useKinds, useRefresh, version } from "./queries";
import { schemaHelp } from "./schemaHelp";
import { t } from "./text";

const pretty = (value: unknown) => JSON.stringify(value ?? {}, null, 2);

/** The rules by which a connection's pages become records, as JSON, with what each part means beside it. */
export function RulesTab() {
  const { data: c } = useConnection();
  return c ? <Editor key={c.rulesVersion} connection={c} /> : null;
}

function Editor({ connection: c }: { connection: Connection }) {
  const kinds = useKinds();
  const can = useCan();
  const refresh = useRefresh();
  const kind = kinds.data?.find((k) => k.kind === c.kind);
  const [text, setText] = useState(pretty(c.rules));
  const [wrong, setWrong] = useState<string>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const manage = can("connector.manage_connection");
  useEffect(() => {
    try {
      JSON.parse(text);
      setWrong(undefined);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }, [text]);
  const stale = useStaleSave<{ rules: string }>({
    name: c.name,
    labels: { rules: t("tabs.mapping") },
    read: (x: Connection) => ({ rules: pretty(x.rules) }),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/connections/{id}", {
          params: { path: { id: c.id }, ...version(based) },
          body: { rules: JSON.parse(v.rules) },
        }),
      ),
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (await stale.save({ rules: pretty(c.rules) }, { rules: text }, c.version)) {
        notifications.show({ message: t("rules.saved") });
      }
      await refresh();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const help = schemaHelp(kind?.rulesSchema);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Textarea
          className={classes.mono}
          label={t("rules.json")}
          description={t("rules.about")}
          autosize
          minRows={12}
          maxRows={30}
          spellCheck={false}
          readOnly={!manage}
          value={text}
          error={wrong && t("rules.invalid", { reason: wrong })}
          onChange={(e) => setText(e.currentTarget.value)}
        />
        {manage && (
          <Group gap="xs">
            <Button loading={busy} disabled={Boolean(wrong) || text === pretty(c.rules)} onClick={() => void save()}>
              {t("rules.save")}
            </Button>
            <Button variant="default" onClick={() => setText(pretty(kind?.defaultRules))}>
              {t("rules.defaults")}
            </Button>
          </Group>
        )}
        {stale.dialog}
      </Stack>
      <section aria-label={t("rules.help")}>
        <Title order={2} mb="xs">
          {t("rules.help")}
        </Title>
        {help.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("rules.noHelp")}
          </Text>
        ) : (
          <List size="sm" spacing={6}>
            {help.map((h) => (
              <List.Item key={h.path}>
                <code>{h.path}</code> {h.title}
                {(h.description || h.options) && (
                  <Text size="xs" c="dimmed">
                    {[h.description, h.options && t("rules.oneOf", { options: h.options.join(", ") })]
                      .filter(Boolean)
                      .join(" ")}
                  </Text>
                )}
              </List.Item>
            ))}
          </List>
        )}
      </section>
    </SimpleGrid>
  );
}
