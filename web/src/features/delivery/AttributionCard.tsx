import { Alert, Anchor, Button, Group, Modal, Radio, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRobot, IconUser } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import type { PickerSource } from "@/lib/picker";
import { duration, localTime } from "@/lib/time";
import classes from "./records.module.css";
import { t } from "./text";

type Attribution = Schema<"ValuestreamAttributionView">;
type Deployment = Schema<"ValuestreamDeploymentView">;

const percent = (n: number) => `${Math.round(n * 100)} %`;
const evidence = (codes: string[]) =>
  codes.map((c) => textOr("delivery", `evidence.${c}`, c.replaceAll("_", " "))).join(", ");
const nameOf = (d: Deployment) => `${d.application.name} ${d.version || d.name} · ${d.environment}`;

/** Which deployment is held to have caused an incident, on what evidence, and how to correct that. */
export function AttributionCard({ incident }: { incident: string }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<"correct" | "release">();
  const query = useQuery({
    queryKey: keys.part("incident", incident, "attribution"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/incidents/{id}/attribution", { params: { path: { id: incident } }, signal })),
  });
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: keys.all("incident") });
    void client.invalidateQueries({ queryKey: ["metric"] });
    void client.invalidateQueries({ queryKey: ["event"] });
  };
  if (query.isPending) return <Skeleton h={160} />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  const a = query.data;
  // A decision and a correction may be absent until the first derivation.
  const decision = a.decision as Attribution["decision"] | undefined;
  const correction = a.correction as Attribution["correction"] | undefined;
  const cause = decision?.deployment as Deployment | undefined;
  return (
    <section aria-label={t("attribution.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("attribution.title")}</Title>
        <Group gap="xs">
          {correction && a.allowed.includes("release") && (
            <Button size="compact-sm" variant="default" onClick={() => setAsking("release")}>
              {t("attribution.release")}
            </Button>
          )}
          {a.allowed.includes("correct") && (
            <Button size="compact-sm" variant="default" onClick={() => setAsking("correct")}>
              {t("attribution.correct")}
            </Button>
          )}
        </Group>
      </Group>
      <Alert variant="default" icon={decision?.source === "human" ? <IconUser /> : <IconRobot />}>
        {cause ? (
          <>
            <Text size="sm">
              {t("attribution.caused")}{" "}
              <Anchor component={Link} to={`/delivery/deployments/${cause.id}`} fz="sm" underline="always">
                {nameOf(cause)}
              </Anchor>
              {cause.finishedAt && (
                <>
                  {", "}
                  <TimeText value={cause.finishedAt} />
                </>
              )}
            </Text>
            <Text size="sm" c="dimmed">
              {t("attribution.confidence", { percent: percent(decision?.confidence ?? 0) })}
              {decision && decision.evidence.length > 0 && ` · ${evidence(decision.evidence)}`}
            </Text>
          </>
        ) : (
          <Text size="sm">
            {textOr("delivery", `attribution.reasons.${decision?.reason}`, decision?.message || t("attribution.none"))}
          </Text>
        )}
        {correction && (
          <Text size="sm" mt={4}>
            {t("attribution.byHand", { name: correction.decidedBy, reason: correction.reason })}{" "}
            <TimeText value={correction.decidedAt} />
          </Text>
        )}
      </Alert>
      {a.candidates.length > 0 && (
        <>
          <Title order={3} size="sm" mt="md" mb={4}>
            {t("attribution.candidates")}
          </Title>
          <ul className={classes.related} aria-label={t("attribution.candidates")}>
            {a.candidates.map((c) => (
              <li key={c.deployment.id}>
                <Group gap="xs">
                  <Anchor component={Link} to={`/delivery/deployments/${c.deployment.id}`} fz="sm">
                    {nameOf(c.deployment)}
                  </Anchor>
                  {c.deployment.id === cause?.id && <StatusBadge tone="active">{t("attribution.chosen")}</StatusBadge>}
                </Group>
                <Text size="xs" c="dimmed">
                  {t("attribution.scored", { percent: percent(c.score), time: duration(c.ageSeconds) })}
                  {c.evidence.length > 0 && ` · ${evidence(c.evidence)}`}
                </Text>
              </li>
            ))}
          </ul>
        </>
      )}
      {asking === "correct" && (
        <CorrectDialog
          incident={incident}
          attribution={a}
          onClose={() => setAsking(undefined)}
          onDone={async () => {
            setAsking(undefined);
            await refresh();
            notifications.show({ message: t("attribution.corrected") });
          }}
        />
      )}
      <ConfirmDialog
        opened={asking === "release"}
        onClose={() => setAsking(undefined)}
        title={t("attribution.releaseTitle")}
        body={t("attribution.releaseBody", { reason: correction?.reason })}
        verb={t("attribution.release")}
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/incidents/{id}/attribution", {
              params: { path: { id: incident }, header: { "If-Match": ifMatch(correction?.version ?? 1) } },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function CorrectDialog({
  incident,
  attribution: a,
  onClose,
  onDone,
}: {
  incident: string;
  attribution: Attribution;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const correction = a.correction as Attribution["correction"] | undefined;
  const [choice, setChoice] = useState(correction ? (correction.deploymentId ?? "none") : "");
  const [other, setOther] = useState<string | null>(null);
  const [reason, setReason] = useState(correction?.reason ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const chosen = choice === "other" ? other : choice === "none" ? null : choice;
  const source: PickerSource = {
    key: "deployment",
    find: async (q, signal) => {
      const page = await ok(
        api.GET("/api/v1/deployments", {
          params: { query: { q: q || undefined, to: a.startedAt ?? undefined, limit: 30 } },
          signal,
        }),
      );
      return page.items.map((d) => ({
        value: d.id,
        label: `${d.applicationName ?? d.name ?? d.externalId} ${d.version ?? ""} · ${d.environment} · ${localTime(new Date(d.at))}`,
      }));
    },
  };
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT("/api/v1/incidents/{id}/attribution", {
          params: {
            path: { id: incident },
            header: correction ? { "If-Match": ifMatch(correction.version) } : {},
          },
          body: { deploymentId: chosen, reason: reason.trim() },
        }),
      );
      await onDone();
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
      title={t("attribution.correctTitle", { title: a.title })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Radio.Group label={t("attribution.which")} value={choice} onChange={setChoice}>
          <Stack gap={8} mt={8}>
            {a.candidates.map((c) => (
              <Radio
                key={c.deployment.id}
                value={c.deployment.id}
                label={nameOf(c.deployment)}
                description={`${percent(c.score)} · ${evidence(c.evidence)}`}
              />
            ))}
            <Radio value="other" label={t("attribution.other")} />
            {choice === "other" && (
              <RemotePicker
                aria-label={t("attribution.other")}
                placeholder={t("attribution.find")}
                source={source}
                value={other}
                onChange={setOther}
              />
            )}
            <Radio
              value="none"
              label={t("attribution.noDeployment")}
              description={t("attribution.noDeploymentAbout")}
            />
          </Stack>
        </Radio.Group>
        <Textarea
          label={t("attribution.reason")}
          description={t("attribution.reasonAbout")}
          value={reason}
          maxLength={2000}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            loading={busy}
            disabled={!choice || (choice === "other" && !other) || !reason.trim()}
            onClick={() => void save()}
          >
            {t("attribution.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
