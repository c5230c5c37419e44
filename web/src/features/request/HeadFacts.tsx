import { Title } from "@mantine/core";
import { Facts } from "@/components/Facts";
import { TimeText } from "@/components/Time";
import { SlaClock, Span, TypeName } from "./Marks";
import type { Head } from "./queries";
import { t } from "./text";

/** What both sorts of requests say about themselves. */
export function HeadFacts({ request: r }: { request: Head }) {
  return (
    <section aria-label={t("about")}>
      <Title order={2} mb="xs">
        {t("about")}
      </Title>
      <Facts
        items={[
          [t("time"), <Span key="t" from={r.from} to={r.to} />],
          [t("type"), <TypeName key="y" type={r.type} />],
          [t("unit"), r.unit.name],
          [t("release"), r.release],
          [t("phase"), r.phase],
          [t("requester"), r.requesterName],
          [t("assignee"), r.assignee?.name],
          [t("sla.title"), <SlaClock key="s" position={r.position} />],
          [t("description"), r.description],
          [t("raised"), <TimeText key="r" value={r.raisedAt} />],
          [t("completed"), <TimeText key="c" value={r.completedAt} />],
        ]}
      />
    </section>
  );
}
