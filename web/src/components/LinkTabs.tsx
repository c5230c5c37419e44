import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import classes from "./LinkTabs.module.css";
import { useTitlePart } from "./pageTitle";
import { t } from "./text";

export interface LinkTab {
  to: string;
  label: string;
  count?: number;
  /** Only this very address is the tab, not what lies below it. */
  exact?: boolean;
}

/** The parts of a record or an area, each with its own address. The unit scope stays; filters of a part do not travel. */
export function LinkTabs({ tabs, label }: { tabs: LinkTab[]; label?: string }) {
  const bar = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // The first tab is the page itself; any other names the part of it in the title of the window.
  const on = tabs.findLast((tab) => pathname === tab.to || (!tab.exact && pathname.startsWith(`${tab.to}/`)));
  useTitlePart(on === tabs[0] ? undefined : on?.label);
  // On a narrow screen the bar scrolls; the tab one is on must be in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address has another tab
  useEffect(() => {
    const on = bar.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (on && bar.current) bar.current.scrollLeft = on.offsetLeft - (bar.current.clientWidth - on.offsetWidth) / 2;
  }, [pathname, tabs.length]);
  return (
    <nav ref={bar} aria-label={label ?? t("tabs")} className={classes.tabs}>
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          className={classes.tab}
          activeOptions={{ exact: tab.exact ?? false, includeSearch: false }}
        >
          {tab.label}
          {tab.count !== undefined && <span className={classes.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
