import { Button, Group, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { CopyOnce } from "@/components/CopyOnce";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { TimeText } from "@/components/Time";
import { type Invitation, invite } from "./invite";
import { inviteWords } from "./PersonForm";
import { PersonState } from "./PersonState";
import { type Person, usePerson, version } from "./queries";
import { ReassignDialog } from "./ReassignDialog";
import { t } from "./text";

/** A person's essentials and what may be done with them now. */
export function PersonDrawer({
  id,
  onClose,
  onEdit,
}: {
  id: string | undefined;
  onClose: () => void;
  onEdit: (p: Person) => void;
}) {
  const person = usePerson(id);
  const client = useQueryClient();
  const can = useCan();
  const [asking, setAsking] = useState<"deactivate" | "delete" | "reassign">();
  const [link, setLink] = useState<Invitation>();
  const p = person.data;
  const may = (act: string) => p?.actions.includes(act) ?? false;
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("person") });
  const params = { path: { id: id ?? "" }, ...version(p?.version ?? 0) };

  const run = async (act: () => Promise<unknown>, message?: string) => {
    try {
      await act();
      if (message) notifications.show({ message });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await refresh();
  };

  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("persons.person")}
        title={p?.name ?? ""}
        badge={p && <PersonState state={p.state} />}
        loading={person.isPending}
        error={person.error ?? undefined}
        onRetry={() => void person.refetch()}
        acts={
          p &&
          p.actions.length > 0 && (
            <Group gap="xs">
              {may("edit") && (
                <Button size="compact-sm" variant="default" onClick={() => onEdit(p)}>
                  {t("persons.edit")}
                </Button>
              )}
              {p.state === "PENDING" && can("identity.invite_person") && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() =>
                    void run(
                      async () => {
                        const made = await invite(p);
                        if (made.link) setLink(made);
                      },
                      t("persons.inviteMailed", { email: p.email }),
                    )
                  }
                >
                  {t("persons.invite")}
                </Button>
              )}
              {may("reassign") && (
                <Button size="compact-sm" variant="default" onClick={() => setAsking("reassign")}>
                  {t("persons.reassign")}
                </Button>
              )}
              {may("reactivate") && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() =>
                    void run(
                      () => ok(api.POST("/api/v1/persons/{id}/reactivate", { params })),
                      t("persons.reactivated", { name: p.name }),
                    )
                  }
                >
                  {t("persons.reactivate")}
                </Button>
              )}
              {may("deactivate") && (
                <Button
                  size="compact-sm"
                  variant="default"
                  c="var(--status-bad)"
                  onClick={() => setAsking("deactivate")}
                >
                  {t("persons.deactivate")}
                </Button>
              )}
              {may("delete") && (
                <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setAsking("delete")}>
                  {t("persons.delete")}
                </Button>
              )}
            </Group>
          )
        }
      >
        {p && (
          <>
            <Facts
              items={[
                [
                  t("persons.email"),
                  <a key="mail" href={`mailto:${p.email}`}>
                    {p.email}
                  </a>,
                ],
                [t("persons.unit"), p.unitName],
                [
                  t("persons.teams"),
                  p.teams.map((x) => (x.lead ? `${x.name} (${t("persons.lead")})` : x.name)).join(", "),
                ],
                [
                  t("persons.validUntil"),
                  p.validUntil ? (
                    <span key="valid">
                      <TimeText value={p.validUntil} as="day" />
                      {p.daysRemaining !== undefined && ` · ${t("persons.daysLeft", { count: p.daysRemaining })}`}
                    </span>
                  ) : (
                    t("persons.indefinitely")
                  ),
                ],
                [t("persons.phone"), p.phone],
                [t("persons.location"), p.location],
                [t("persons.timeZone"), p.timeZone],
                [t("persons.notificationEmail"), p.notificationEmail],
                [t("persons.created"), <TimeText key="created" value={p.createdAt} />],
              ]}
            />
            <Button
              component={Link}
              to="/history"
              search={{ subjectKind: "person", subjectId: p.id } as never}
              variant="subtle"
              size="compact-sm"
              mt="md"
            >
              {t("persons.history")}
            </Button>
          </>
        )}
      </DetailDrawer>
      <ConfirmDialog
        opened={asking === "deactivate"}
        onClose={() => setAsking(undefined)}
        title={t("persons.deactivateTitle", { name: p?.name })}
        body={t("persons.deactivateBody", { name: p?.name })}
        verb={t("persons.deactivate")}
        danger
        onConfirm={async () => {
          await ok(api.POST("/api/v1/persons/{id}/deactivate", { params }));
          await refresh();
        }}
      />
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        title={t("persons.deleteTitle", { name: p?.name })}
        body={t("persons.deleteBody", { name: p?.name })}
        verb={t("persons.delete")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/persons/{id}", { params }));
          notifications.show({ message: t("persons.deleted", { name: p?.name }) });
          onClose();
          await client.invalidateQueries({ queryKey: ["person", "list"] });
        }}
      />
      {p && asking === "reassign" && <ReassignDialog person={p} onClose={() => setAsking(undefined)} />}
      <Modal
        opened={link !== undefined}
        onClose={() => setLink(undefined)}
        title={t("persons.inviteDone", { name: link?.name })}
        closeButtonProps={{ "aria-label": t("cancel") }}
      >
        {link && (
          <CopyOnce
            label={t("persons.inviteLink")}
            value={link.link}
            about={inviteWords(link)}
            onDone={() => setLink(undefined)}
          />
        )}
      </Modal>
    </>
  );
}
