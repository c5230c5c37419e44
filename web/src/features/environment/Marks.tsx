import { Tooltip, VisuallyHidden } from "@mantine/core";
import { IconBan } from "@tabler/icons-react";
import { Absent } from "@/components/Absent";
import { StatusBadge } from "@/components/StatusBadge";
import { localTime, parseTime, utcTime } from "@/lib/time";
import classes from "./environment.module.css";
import type { Environment } from "./queries";
import { dataAgeDays } from "./rules";
import { t } from "./text";

/** A value of a list with the colour its administrator gave it; the word says it, the colour only repeats it. */
export function LookupMark({ value }: { value?: { name: string; colour?: string } | null }) {
  if (!value) return <Absent />;
  return (
    <span className={classes.lookup}>
      {value.colour && <span className={classes.swatch} style={{ background: value.colour }} aria-hidden />}
      <span className={classes.lookupName}>{value.name}</span>
    </span>
  );
}

/** Whether an environment takes bookings now, and why not where it does not. */
export function BookableMark({ of: e }: { of: Pick<Environment, "bookable" | "whyNot"> }) {
  if (e.bookable) return <StatusBadge tone="good">{t("bookable")}</StatusBadge>;
  return (
    <Tooltip label={e.whyNot}>
      <span>
        <StatusBadge tone="idle" icon={IconBan}>
          {t("notBookable")}
        </StatusBadge>
      </span>
    </Tooltip>
  );
}

export const capacityWords = (n: number): string =>
  n === 1 ? t("capacities.exclusive") : t("capacities.shared", { n });

/** What sort of data and how old; the moment of the refresh is one focus away. */
export function DataMark({ of: e }: { of: Pick<Environment, "dataClass" | "dataRefreshedAt"> }) {
  const age = dataAgeDays(e.dataRefreshedAt);
  const at = parseTime(e.dataRefreshedAt);
  if (!e.dataClass && age === undefined) return <Absent />;
  const words = [
    e.dataClass && t(`dataClasses.${e.dataClass}`),
    age === undefined ? t("dataAgeUnknown") : t("dataAge", { count: age }),
  ];
  const text = words.filter(Boolean).join(", ");
  if (!at) return <span>{text}</span>;
  return (
    <Tooltip label={`${localTime(at)} · ${utcTime(at)}`}>
      <span>{text}</span>
    </Tooltip>
  );
}

/**
 * The groups an environment stands in, on one line: the first with its colour, how many more, and all of them where the
 * pointer rests. The ear hears all of them; the drawer and the page list them.
 */
export function GroupMarks({ of: e }: { of: Pick<Environment, "groups"> }) {
  const [first, ...more] = e.groups;
  if (!first) return <Absent />;
  const names = e.groups.map((g) => g.name);
  if (!more.length) return <LookupMark value={first} />;
  return (
    <Tooltip multiline classNames={{ tooltip: classes.names }} label={names.join("\n")}>
      <span className={classes.lookups}>
        <VisuallyHidden>{names.join(", ")}</VisuallyHidden>
        <span aria-hidden className={classes.lookups}>
          <LookupMark value={first} />
          <span className={classes.more}>{t("moreGroups", { n: more.length })}</span>
        </span>
      </span>
    </Tooltip>
  );
}

/** All groups an environment stands in, below each other, where there is room. */
export function GroupNames({ of: e }: { of: Pick<Environment, "groups"> }) {
  if (!e.groups.length) return <Absent />;
  return (
    <span className={classes.column}>
      {e.groups.map((g) => (
        <LookupMark key={g.id} value={g} />
      ))}
    </span>
  );
}

const money = (currency: string) => new Intl.NumberFormat("en", { style: "currency", currency });

/** How many of the smallest unit make one of the currency: 100 cents, 1 yen. */
export const minorUnits = (currency: string): number =>
  10 ** (money(currency).resolvedOptions().maximumFractionDigits ?? 2);

/** An amount of money per hour; amounts travel in the smallest unit of the currency. */
export const costWords = (minor: number, currency: string): string =>
  money(currency).format(minor / minorUnits(currency));
