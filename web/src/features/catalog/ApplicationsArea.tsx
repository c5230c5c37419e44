import { Outlet } from "@tanstack/react-router";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

export function ApplicationsArea() {
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/applications", label: t("tabs.list"), exact: true },
          { to: "/applications/map", label: t("tabs.map") },
        ]}
      />
      <Outlet />
    </>
  );
}
