import { Stack, Text } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { MetricTile } from "@/components/MetricTile";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Charges } from "./Charges";
import { Controls } from "./Controls";
import classes from "./environmentkpi.module.css";
import { useEnvironment, useEnvironmentUse, useQuestion } from "./queries";
import { hours, type Measure, money, monthName, pageOf, percent } from "./report";
import { t } from "./text";

/** What one environment costs: its price, what of a month was booked and used, and who is charged for it. */
export function EnvironmentCost() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { month, query } = useQuestion();
  const navigate = useNavigate();
  const environment = useEnvironment(id);
  // The unit scope of the page does not matter: the environment is known.
  const use = useEnvironmentUse({ ...query, unit: undefined, environment: id });
  const u = use.data?.utilisation;
  const cost = use.data?.cost;
  const price = environment.data?.costPerHour;
  const h = t("hours");
  const tile = (name: "booked" | "used" | "idle", of: Measure, share?: Measure, amount?: number | null) => {
    const page = pageOf(of.items);
    const period = [share && percent(share.value), cost && money(amount, cost.currency)].filter(Boolean).join(" · ");
    return (
      <MetricTile
        name={t(`figures.${name}`)}
        value={hours(of.value)}
        unit={h}
        n={name === "idle" ? undefined : of.n}
        period={period || undefined}
        unknown={of.value === null ? t(`unknown.${name}`) : undefined}
        onOpen={page && name !== "idle" ? () => void navigate({ href: page }) : undefined}
      />
    );
  };
  return (
    <>
      <Controls />
      {use.isError && !use.data ? (
        <ProblemAlert error={use.error} onRetry={() => void use.refetch()} />
      ) : (
        <Stack gap="xl" pb="xl" aria-busy={use.isPending || use.isPlaceholderData || undefined}>
          <div className={classes.tiles}>
            {u && cost ? (
              <>
                <MetricTile
                  name={t("cost.perHour")}
                  value={price ? money(price, cost.currency) : undefined}
                  unknown={price === 0 ? t("cost.noPrice") : undefined}
                  period={
                    cost.capacity === null
                      ? undefined
                      : t("cost.month", { amount: money(cost.capacity, cost.currency) })
                  }
                />
                {tile("booked", u.bookedHours, u.bookedShare, cost.booked)}
                {tile("used", u.usedHours, u.usedShare)}
                {tile("idle", u.idleHours, undefined, cost.idle)}
              </>
            ) : (
              ["price", "booked", "used", "idle"].map((k) => <MetricTile key={k} name="" loading />)
            )}
          </div>
          {u && cost && (
            <>
              <Charges
                cost={cost}
                about={t(u.capacityHours.n === 0 ? "cost.absent" : "cost.whom", { month: monthName(month) })}
              />
              {use.data?.window.partial && (
                <Text size="xs" c="dimmed">
                  {t("partial")}
                </Text>
              )}
            </>
          )}
        </Stack>
      )}
    </>
  );
}
