import { Button, Stack, Text } from "@mantine/core";
import { IconFileSpreadsheet, IconFileTypePdf, IconReportAnalytics } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { MetricTile } from "@/components/MetricTile";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { AdviceList } from "./AdviceList";
import { Charges, costWords } from "./Charges";
import { Controls } from "./Controls";
import classes from "./environmentkpi.module.css";
import { HeatMap } from "./HeatMap";
import { type Question, useQuestion, useReport } from "./queries";
import { monthName } from "./report";
import { Subscribe } from "./Subscribe";
import { Demand, EnvironmentUse, Statuses } from "./Tables";
import { Tiles } from "./Tiles";
import { Trends } from "./Trends";
import { t } from "./text";

/** How test environments are used, waited for and paid for in a month, each figure with its evidence one click away. */
export function ReportPage() {
  const { month, query } = useQuestion();
  const can = useCan();
  const report = useReport(query);
  const r = report.data;
  const nothing = r !== undefined && r.utilisation.environments.n === 0 && r.bookings.total.n === 0;
  return (
    <>
      <PageHeader title={t("title")} about={t("about")}>
        <Export query={query} format="xlsx" />
        <Export query={query} format="pdf" />
        {can("environmentkpi.subscribe") && <Subscribe query={query} />}
      </PageHeader>
      <Controls />
      {report.isError && !r ? (
        <ProblemAlert error={report.error} onRetry={() => void report.refetch()} />
      ) : nothing ? (
        <EmptyState
          icon={IconReportAnalytics}
          title={t("empty.title", { month: monthName(month) })}
          body={t("empty.body")}
          action={
            <Button component={Link} to={"/environments" as string}>
              {t("empty.act")}
            </Button>
          }
        />
      ) : (
        <Stack gap="xl" pb="xl" aria-busy={report.isPending || report.isPlaceholderData || undefined}>
          {r ? (
            <div>
              <Tiles report={r} />
              <Text size="xs" c="dimmed" mt="sm">
                {t("covers", { unit: r.unit?.name ?? t("everything"), month: monthName(month), zone: r.window.zone })}
                {r.window.partial && ` ${t("partial")}`}
              </Text>
            </div>
          ) : (
            <div className={classes.tiles} role="status" aria-label={t("loading")}>
              {Array.from({ length: 8 }, (_, i) => `tile ${i}`).map((k) => (
                <MetricTile key={k} name="" loading />
              ))}
            </div>
          )}
          {r && (
            <>
              <Trends report={r} />
              <HeatMap heat={r.heat} zone={r.window.zone} />
              <div className={classes.pair}>
                <Statuses report={r} />
                <Demand title={t("demand.usage")} rows={r.demandByUsage} />
              </div>
              <Demand title={t("demand.application")} rows={r.demandByApplication} />
              <EnvironmentUse query={query} />
              <Charges cost={r.cost} about={costWords(r.cost)} />
              <AdviceList query={query} />
            </>
          )}
        </Stack>
      )}
    </>
  );
}

/** The report as a file, from the address that answers this page. */
function Export({ query, format }: { query: Question; format: "xlsx" | "pdf" }) {
  const Icon = format === "xlsx" ? IconFileSpreadsheet : IconFileTypePdf;
  const search = new URLSearchParams({ month: query.month, zone: query.zone, format });
  if (query.unit) search.set("unit", query.unit);
  return (
    <Button
      component="a"
      variant="default"
      href={`/api/v1/reports/environment-kpi?${search}`}
      download
      leftSection={<Icon size={16} />}
    >
      {t(`export.${format}`)}
    </Button>
  );
}
