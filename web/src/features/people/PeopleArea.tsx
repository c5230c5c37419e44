import { Outlet } from "@tanstack/react-router";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

export function PeopleArea() {
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs tabs={[{ to: "/people", label: t("tabs.persons"), exact: true }]} />
      <Outlet />
    </>
  );
}
