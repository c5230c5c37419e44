import { useCan } from "@/api/session";
import { BookMatch } from "@/features/booking/BookMatch";
import { EnvironmentPage } from "@/features/environment/EnvironmentPage";
import { EnvironmentsPage, type HealthColumn } from "@/features/environment/EnvironmentsPage";
import { FindPage } from "@/features/environment/FindPage";
import { GroupMapTab, MapPage } from "@/features/environment/MapPage";
import { HealthMark, healthWord } from "@/features/health/Marks";
import { loadHealth } from "@/features/health/queries";
import { t } from "../text";

// Where environments meet their health and their bookings: features that do not know each other.

const health: HealthColumn = {
  load: loadHealth,
  show: (value) => <HealthMark value={value} />,
  say: healthWord,
};

export const Environments = () => <EnvironmentsPage health={health} />;
export const FindEnvironment = () => (
  <FindPage acts={(match, when, place) => <BookMatch match={match} when={when} place={place} />} />
);
export const EnvironmentMap = () => <MapPage health={health} />;
export const GroupMap = () => <GroupMapTab health={health} />;
export function Environment() {
  const can = useCan();
  return (
    <EnvironmentPage
      more={[
        { to: "health", label: t("health") },
        ...(can("environmentkpi.view_report") ? [{ to: "cost", label: t("cost") }] : []),
      ]}
    />
  );
}
