import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

/** The frame of the settings pages. */
export function SettingsArea() {
  const can = useCan();
  return (
    <>
      <PageHeader title={t("settings.title")} />
      <LinkTabs
        tabs={[
          { to: "/settings", label: t("settings.tabs.profile"), exact: true, may: true },
          { to: "/settings/notifications", label: t("settings.tabs.notifications"), may: true },
          { to: "/settings/tokens", label: t("settings.tabs.tokens"), may: true },
          {
            to: "/settings/service-accounts",
            label: t("settings.tabs.serviceAccounts"),
            may: can("identity.view_service_account"),
          },
          { to: "/settings/accounts", label: t("settings.tabs.accounts"), may: can("identity.view_account") },
          { to: "/settings/sign-in", label: t("settings.tabs.providers"), may: can("identity.manage_provider") },
          {
            to: "/settings/mail-templates",
            label: t("settings.tabs.mailTemplates"),
            may: can("notify.manage_template"),
          },
          {
            to: "/settings/mail-deliveries",
            label: t("settings.tabs.mailDeliveries"),
            may: can("notify.view_delivery"),
          },
          { to: "/settings/lists", label: t("settings.tabs.lists"), may: can("field.view_field") },
          { to: "/settings/fields", label: t("settings.tabs.fields"), may: can("field.view_field") },
          { to: "/settings/workflows", label: t("settings.tabs.workflows"), may: can("workflow.view_workflow") },
          { to: "/settings/jobs", label: t("settings.tabs.jobs"), may: can("jobs.view_job") },
        ].filter((tab) => tab.may)}
      />
      <Outlet />
    </>
  );
}
