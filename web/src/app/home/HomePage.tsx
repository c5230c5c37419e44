import { PageHeader } from "@/components/PageHeader";
import { t } from "../text";

export function HomePage() {
  return <PageHeader title={t("nav.home")} />;
}
