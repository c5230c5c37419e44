import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useUnitName } from "@/api/lookups";
import { Facts } from "@/components/Facts";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import { intentText } from "./Marks";
import type { Booking } from "./queries";
import { RequestLink } from "./RequestLink";
import { lengthWords } from "./span";
import { t } from "./text";

/** The fields of a booking; `brief` leaves out what only its page shows. */
export function BookingFacts({ booking: b, brief }: { booking: Booking; brief?: boolean }) {
  const unitName = useUnitName();
  return (
    <Facts
      items={[
        [
          t("environments"),
          b.environments.map((e, i) => (
            <span key={e.id}>
              {i > 0 && ", "}
              <Anchor component={Link} to={`/environments/${e.key}` as string} fz="sm">
                {e.name}
              </Anchor>
              {b.status === "requested" && b.environments.length > 1 && (
                <Text span size="xs" c="dimmed">
                  {` (${e.approvedAt ? t("statuses.approved") : t("statuses.requested")})`}
                </Text>
              )}
            </span>
          )),
        ],
        ...(b.group ? [[t("group"), b.group.name] as [string, string]] : []),
        [t("from"), <TimeText key="f" value={b.from} />],
        [t("to"), <TimeText key="t" value={b.to} />],
        [t("length"), lengthWords(Date.parse(b.from), Date.parse(b.to))],
        ...(b.plannedTo
          ? [[t("plannedTo"), <TimeText key="p" value={b.plannedTo} />] as [string, React.ReactNode]]
          : []),
        [t("intent"), intentText(b.intent)],
        [t("holder"), b.holder?.name],
        [t("requester"), b.requesterName],
        ...(b.requestId ? [[t("request"), <RequestLink key="q" id={b.requestId} />] as [string, React.ReactNode]] : []),
        [t("release"), b.release],
        [t("priority"), b.priority],
        ...(b.decisionReason ? [[t("reason"), b.decisionReason] as [string, string]] : []),
        ...(b.description ? [[t("description"), b.description] as [string, string]] : []),
        ...(brief
          ? []
          : ([
              [t("unit"), unitName(b.unitId)],
              [t("decided"), b.decidedAt && <TimeText key="d" value={b.decidedAt} />],
              [
                t("lastUse"),
                b.lastUseAt && (
                  <span key="l">
                    <TimeText value={b.lastUseAt} as="relative" />
                    {b.lastUse ? ` · ${textOr("booking", `uses.${b.lastUse}`, b.lastUse)}` : ""}
                  </span>
                ),
              ],
              [t("created"), <TimeText key="c" value={b.createdAt} />],
              [t("updated"), <TimeText key="u" value={b.updatedAt} />],
            ] as [string, React.ReactNode][])),
      ]}
    />
  );
}
