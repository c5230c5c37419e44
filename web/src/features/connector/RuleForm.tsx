import {
  Alert,
  Button,
  Group,
  List,
  Modal,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { textOr } from "@/lib/i18n";
import { connectionPicker, version } from "./queries";
import { t } from "./text";

type NewRule = Schema<"DeliveryNewRule">;
type Rule = Schema<"DeliveryRule">;
export type RuleStart = Partial<Rule> & { kind?: NewRule["kind"]; application?: string };

export const ruleKinds = [
  "service",
  "pipeline",
  "environment",
  "environment_class",
  "board",
  "path",
  "repository",
  "account",
] as const;
const classes = ["PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT"] as const;

/** A class of environments in words. */
export const classWord = (code: string | undefined) => code && textOr("connector", `classes.${code}`, code);

/** Makes or changes a mapping rule; the server tells which records would move before it is saved. */
export function RuleForm({ start, onClose }: { start: RuleStart; onClose: () => void }) {
  const client = useQueryClient();
  const [rule, setRule] = useState<NewRule>({
    kind: start.kind ?? "service",
    match: (start.match as NewRule["match"]) ?? "exact",
    pattern: start.pattern ?? "",
    application: start.application ?? start.applicationId,
    target: start.target,
    connectionId: start.connectionId,
    priority: start.priority ?? 100,
    disabled: start.enabled === false,
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const put = (patch: Partial<NewRule>) => setRule((r) => ({ ...r, ...patch }));
  const byClass = rule.kind === "environment_class";
  const byText = rule.kind === "account";
  const complete = Boolean(rule.pattern.trim() && (byClass || byText ? rule.target : rule.application));
  const body: NewRule = {
    ...rule,
    application: byClass || byText ? undefined : rule.application,
    target: byClass || byText ? rule.target : undefined,
    connectionId: rule.connectionId || undefined,
  };
  const [asked] = useDebouncedValue(JSON.stringify(body), 350);
  const preview = useQuery({
    queryKey: ["consequences", "mapping rule", asked],
    queryFn: () =>
      ok(
        api.POST("/api/v1/mapping-rules/preview", {
          params: { query: { replaces: start.id } },
          body: JSON.parse(asked),
        }),
      ),
    enabled: complete,
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (start.id)
        await ok(
          api.PATCH("/api/v1/mapping-rules/{id}", {
            params: { path: { id: start.id }, ...version(start.version ?? 1) },
            body: { ...body, connectionId: rule.connectionId ?? "" },
          }),
        );
      else await ok(api.POST("/api/v1/mapping-rules", { body }));
      await client.invalidateQueries({ queryKey: ["mapping_rule"] });
      void client.invalidateQueries({ queryKey: ["unmapped"] });
      notifications.show({ message: t("rule.saved") });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={start.id ? t("rule.edit") : t("rule.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group grow align="flex-start">
          <Select
            label={t("rule.kind")}
            allowDeselect={false}
            data={ruleKinds.map((k) => ({ value: k, label: t(`ruleKinds.${k}`) }))}
            value={rule.kind}
            onChange={(v) => v && put({ kind: v as NewRule["kind"], target: undefined })}
          />
          <Select
            label={t("rule.match")}
            allowDeselect={false}
            data={(["exact", "glob", "regex"] as const).map((m) => ({ value: m, label: t(`matches.${m}`) }))}
            value={rule.match ?? "exact"}
            onChange={(v) => v && put({ match: v as NewRule["match"] })}
          />
        </Group>
        <TextInput
          label={t("rule.pattern")}
          value={rule.pattern}
          onChange={(e) => put({ pattern: e.currentTarget.value })}
          autoComplete="off"
          data-autofocus
        />
        {byClass ? (
          <Select
            label={t("rule.class")}
            data={classes.map((c) => ({ value: c, label: t(`classes.${c}`) }))}
            value={rule.target ?? null}
            onChange={(v) => put({ target: v ?? undefined })}
          />
        ) : byText ? (
          <TextInput
            label={t("rule.target")}
            value={rule.target ?? ""}
            onChange={(e) => put({ target: e.currentTarget.value })}
          />
        ) : (
          <RemotePicker
            label={t("rule.application")}
            source={applicationPicker}
            value={rule.application}
            onChange={(v) => put({ application: v ?? undefined })}
          />
        )}
        <Group grow align="flex-start">
          <RemotePicker
            label={t("rule.connection")}
            description={t("rule.connectionAbout")}
            clearable
            source={connectionPicker}
            value={rule.connectionId}
            onChange={(v) => put({ connectionId: v ?? undefined })}
          />
          <NumberInput
            label={t("rule.priority")}
            description={t("rule.priorityAbout")}
            hideControls
            value={rule.priority ?? 100}
            onChange={(v) => put({ priority: Number(v) })}
          />
        </Group>
        <Switch
          label={t("rule.enabled")}
          checked={!rule.disabled}
          onChange={(e) => put({ disabled: !e.currentTarget.checked })}
        />
        <div aria-live="polite">
          {!complete ? null : preview.isPending ? (
            <Skeleton h={48} />
          ) : preview.isError ? (
            <ProblemAlert error={preview.error} />
          ) : (
            <Alert variant="default" title={t("rule.moves", { count: preview.data.records })}>
              <List size="sm">
                {preview.data.changes.map((c, i) => (
                  <List.Item key={i}>
                    {c.count} {c.kind.replaceAll("_", " ")}
                    {c.samples.length > 0 && (
                      <Text span size="xs" c="dimmed">
                        {" "}
                        {c.samples.slice(0, 3).join(", ")}
                      </Text>
                    )}
                  </List.Item>
                ))}
              </List>
              <Text size="xs" c="dimmed">
                {t("rule.examined", { count: preview.data.examined })} {!preview.data.complete && t("rule.partial")}
              </Text>
            </Alert>
          )}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!complete || preview.isError} onClick={() => void save()}>
            {t("rule.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
