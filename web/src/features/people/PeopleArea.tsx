import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

export function PeopleArea() {
  const can = useCan();
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/people", label: t("tabs.persons"), exact: true, may: can("people.view_person") },
          { to: "/people/teams", label: t("tabs.teams"), may: can("people.view_team") },
          { to: "/people/organisation", label: t("tabs.organisation"), may: can("people.view_unit") },
          { to: "/people/roles", label: t("tabs.roles"), may: can("people.view_role") },
          { to: "/people/invitations", label: t("tabs.invitations"), may: can("identity.invite_person") },
          { to: "/people/grants", label: t("tabs.grants"), may: can("people.view_grant") },
        ].filter((tab) => tab.may)}
      />
      <Outlet />
    </>
  );
}
