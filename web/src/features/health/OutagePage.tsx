import { Anchor, Button, Menu, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, ok } from "@/api/client";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { Facts } from "@/components/Facts";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { Causes } from "./Causes";
import { EndOutage } from "./EndOutage";
import { Impact } from "./Impact";
import { KindMark, lasted, OutageMark } from "./Marks";
import { OutageForm, useOutageRefresh } from "./OutageForm";
import { environmentHealthAddress, useOutage, version } from "./queries";
import { outageState } from "./rules";
import { Told } from "./Told";
import { t } from "./text";

/** One outage: its times, whom it hurts, and what may have caused it. */
export function OutagePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useOutage(id);
  const navigate = useNavigate();
  const refresh = useOutageRefresh();
  const [asking, setAsking] = useState<"edit" | "end" | "delete">();
  const o = query.data;
  if (query.isError && !o) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!o)
    return (
      <div aria-busy>
        <Skeleton h={28} w={320} mt="md" />
        <Skeleton h={16} w="40%" mt="sm" />
        <Skeleton h={240} mt="md" />
      </div>
    );
  const may = (act: string) => o.allowedActs.includes(act);
  const close = () => setAsking(undefined);
  const state = outageState(o);
  return (
    <>
      <PageHeader
        title={o.title}
        about={
          <>
            <Anchor component={Link} to={environmentHealthAddress(o.environmentId)} fz="sm" underline="always">
              {o.environmentName}
            </Anchor>
            {` · ${lasted(o)}`}
          </>
        }
        crumbs={[
          { label: t("environments"), to: "/environments" },
          { label: t("outages.title"), to: "/outages" },
        ]}
        badge={
          <>
            <OutageMark of={o} />
            <KindMark value={o.kind} />
          </>
        }
      >
        <Slot part="follow" kind="outage" id={o.id} name={o.title} />
        {may("end") && <Button onClick={() => setAsking("end")}>{t("outage.end")}</Button>}
        {may("change") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        {may("delete") && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t("moreActs")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("outage.takeBack")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
        <Stack gap="xl">
          <section aria-label={t("outage.times")}>
            <Title order={2} mb="xs">
              {t("outage.times")}
            </Title>
            <Facts
              items={[
                [t(state === "ahead" ? "outage.begins" : "outage.began"), <TimeText key="b" value={o.startedAt} />],
                [
                  t("outage.detected"),
                  <When key="d" at={o.detectedAt} after={o.detectSeconds} words="outage.afterBegin" />,
                ],
                [
                  t("outage.found"),
                  o.foundAt && <When at={o.foundAt} after={o.findSeconds} words="outage.afterDetect" />,
                ],
                ...(o.endedAt
                  ? []
                  : ([[t("outage.expected"), o.expectedEndAt && <TimeText value={o.expectedEndAt} />]] as [
                      string,
                      ReactNode,
                    ][])),
                [
                  t(o.endedAt && state !== "ended" ? "outage.ends" : "outage.endedAt"),
                  o.endedAt && <When at={o.endedAt} after={o.restoreSeconds} words="outage.afterBegin" />,
                ],
                [
                  t("outage.source"),
                  o.source === "monitor"
                    ? t("sources.monitor")
                    : o.source === "person"
                      ? t("sources.person")
                      : o.source.replaceAll("_", " "),
                ],
                [t("description"), o.description],
              ]}
            />
          </section>
          <Causes outage={o} />
        </Stack>
        <Stack gap="xl">
          <Impact outage={o} />
          <Told outage={o} />
          <Slot part="comments" kind="outage" id={o.id} name={o.title} />
          <Slot part="attachments" kind="outage" id={o.id} name={o.title} />
          <section aria-label={t("history")}>
            <Title order={2}>{t("history")}</Title>
            <RecordHistory kind="outage" id={o.id} quiet />
          </section>
        </Stack>
      </SimpleGrid>
      {asking === "edit" && <OutageForm outage={o} onClose={close} />}
      {asking === "end" && <EndOutage outage={o} onClose={close} />}
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={close}
        title={t("outage.takeBackTitle", { title: o.title })}
        body={t("outage.takeBackBody")}
        verb={t("outage.takeBack")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/outages/{id}", { params: { path: { id: o.id }, ...version(o.version) } }));
          await navigate({ to: "/outages" as string });
          await refresh();
        }}
      />
    </>
  );
}

function When({
  at,
  after,
  words,
}: {
  at: string;
  after: number | undefined;
  words: "outage.afterBegin" | "outage.afterDetect";
}) {
  return (
    <>
      <TimeText value={at} />
      {after !== undefined && (
        <Text size="xs" c="dimmed">
          {t(words, { time: duration(after) })}
        </Text>
      )}
    </>
  );
}
